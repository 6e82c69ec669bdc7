import Access
import CAMARA
import Crypto
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine

/// `/quality-on-demand/v1` (CAMARA quality-on-demand 1.2).
struct SessionRoutes: Sendable {
    let engine: SessionEngine
    let reader: RequestReader
    let configuration: ServerConfiguration

    func add(to router: inout APIRouter) {
        let base = "/quality-on-demand/v1"
        router.on(.post, "\(base)/sessions", as: "createSession", needs: .createSessions, create)
        router.on(.get, "\(base)/sessions/{sessionId}", as: "getSession", needs: .readSessions, get)
        router.on(.delete, "\(base)/sessions/{sessionId}", as: "deleteSession", needs: .deleteSessions, delete)
        router.on(.post, "\(base)/sessions/{sessionId}/extend", as: "extendQosSessionDuration", needs: .updateSessions, extend)
        router.on(.post, "\(base)/retrieve-sessions", as: "retrieveSessionsByDevice", needs: .retrieveSessionsByDevice, retrieve)
    }

    @Sendable func create(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let body = try await reader.body(request, context, CreateSession.init)
        let order = try order(body, by: principal, context, idempotencyKey: request.headers[.idempotencyKey])
        let session = try await engine.create(order, by: principal.client)
        return Self.answer(.created, session)
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        return Self.answer(.ok, try await engine.session(try reader.sessionID(context), of: principal.client, device: principal.device))
    }

    @Sendable func delete(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        try await engine.delete(try reader.sessionID(context), of: principal.client, device: principal.device)
        return .deleted
    }

    @Sendable func extend(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let id = try reader.sessionID(context)
        let body = try await reader.body(request, context, ExtendSessionDuration.init)
        let session = try await engine.extend(id, by: body.requestedAdditionalDuration, of: principal.client, device: principal.device)
        return Self.answer(.ok, session)
    }

    @Sendable func retrieve(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let body = try await reader.body(request, context, RetrieveSessionsInput.init)
        let device = try reader.device(body.device, principal, context)
        let sessions = try await engine.sessions(for: device, of: principal.client, among: principal.sites)
        return Response(status: .ok, json: JSONWriter.document { json in
            json.array(sessions) { $1.writeSessionInfo(to: &$0) }
        })
    }

    // MARK: Requests

    private func order(
        _ body: CreateSession, by principal: Principal, _ context: APIRequestContext, idempotencyKey: String?
    ) throws -> SessionOrder {
        let device = try reader.device(body.device, principal, context)
        try body.flow.checkReachability(from: device)
        let idempotency = try idempotencyKey.map { key in
            guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw APIError(.badRequest, .invalidArgument, "The header Idempotency-Key is not valid: 1 to 255 visible ASCII characters are allowed.")
            }
            return (key: key, digest: Self.digest(body, principal))
        }
        var order = SessionOrder(
            device: device, isDeviceNamed: principal.device == nil, flow: body.flow, profile: body.qosProfile, duration: body.duration,
            notification: try SinkRules(configuration, now: engine.now).target(body), idempotency: idempotency)
        order.sites = principal.sites
        return order
    }

    /// The digest of a request: its body, and the device if the access token names one.
    private static func digest(_ body: CreateSession, _ principal: Principal) -> [UInt8] {
        var request = JSONWriter.document { body.write(to: &$0) }
        if let device = principal.device { request += JSONWriter.document { device.write(to: &$0) } }
        return Array(SHA256.hash(data: request))
    }

    private static func answer(_ status: HTTPResponse.Status, _ session: Session) -> Response {
        Response(status: status, json: JSONWriter.document { session.writeSessionInfo(to: &$0) })
    }
}
