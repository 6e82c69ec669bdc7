import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine

/// `/qod/v0`, the older dialect of Nokia's SDKs up to version 7.
///
/// Both dialects operate on the same sessions. A client can create a session in one dialect, and read, extend and
/// delete it in the other.
struct V0SessionRoutes: Sendable {
    let engine: SessionEngine
    let reader: RequestReader
    let configuration: ServerConfiguration

    func add(to router: inout APIRouter) {
        let base = "/qod/v0"
        router.on(.post, "\(base)/sessions", as: "createSessionV0", needs: .createSessions, V0Errors.told(create))
        router.on(.get, "\(base)/sessions/{sessionId}", as: "getSessionV0", needs: .readSessions, V0Errors.told(get))
        router.on(.delete, "\(base)/sessions/{sessionId}", as: "deleteSessionV0", needs: .deleteSessions, V0Errors.told(delete))
        router.on(.post, "\(base)/sessions/{sessionId}/extend", as: "extendSessionV0", needs: .updateSessions, V0Errors.told(extend))
        router.on(.post, "\(base)/retrieve-sessions", as: "retrieveSessionsV0", needs: .retrieveSessionsByDevice, V0Errors.told(retrieve))
    }

    @Sendable func create(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let body = try await reader.body(request, context, CreateSessionV0.init)
        guard let device = try reader.device(body.device, principal, context) else { throw InvalidValue("is required").at("device") }
        try body.flow.checkReachability(from: device)
        var order = SessionOrder(
            device: device, isDeviceNamed: principal.device == nil, flow: body.flow, profile: body.qosProfile, duration: body.duration,
            notification: try body.webhook.flatMap(target), dialect: .v0)
        order.sites = principal.sites
        return Self.answer(.created, try await engine.create(order, by: principal.client), to: request)
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        return Self.answer(.ok, try await engine.session(try reader.sessionID(context), of: principal.client, device: principal.device), to: request)
    }

    @Sendable func delete(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        try await engine.delete(try reader.sessionID(context), of: principal.client, device: principal.device)
        return .deleted
    }

    @Sendable func extend(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let id = try reader.sessionID(context)
        let body = try await reader.body(request, context, ExtendSessionV0.init)
        // A creation in this dialect does not wait for the network. An extension right after the creation does wait.
        _ = try await engine.settledSession(id, of: principal.client, device: principal.device)
        let session = try await engine.extend(id, by: body.requestedAdditionalDuration, of: principal.client, device: principal.device, countsRemaining: true)
        return Self.answer(.ok, session, to: request)
    }

    @Sendable func retrieve(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let device: Device?
        do {
            let body = try await reader.body(request, context, RetrieveSessionsV0.init)
            device = try reader.device(body.device, principal, context)
            guard device != nil else { throw InvalidValue("is required").at("device") }
        } catch let error as InvalidValue {
            return V0Errors.unprocessable(error)
        }
        let sessions = try await engine.sessions(for: device, of: principal.client, among: principal.sites)
        let times = Self.times(for: request)
        return Response(status: .ok, json: JSONWriter.document { json in
            json.array(sessions) { $1.writeSessionInfoV0(to: &$0, times: times) }
        })
    }

    // MARK: Requests and answers

    private func target(_ webhook: CreateSessionV0.Webhook) throws -> NotificationTarget? {
        let rules = SinkRules(configuration, now: engine.now)
        do {
            guard let target = try rules.target(sink: webhook.notificationURL, credential: nil) else { return nil }
            // The dialect has no field for the end of a token's validity.
            let credential = webhook.notificationAuthToken.map { SinkCredential.accessToken($0, expiresAt: .never) }
            return NotificationTarget(sink: target.sink, credential: credential)
        } catch let error as InvalidValue {
            throw InvalidValue(error.reason, kind: error.kind).at("notificationUrl").at("webhook")
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ session: Session, to request: Request) -> Response {
        let times = times(for: request)
        return Response(status: status, json: JSONWriter.document { session.writeSessionInfoV0(to: &$0, times: times) })
    }

    /// The notation of times for the client: the specification's notation, except for Nokia's SDKs up to version 7,
    /// which fail on that notation. These SDKs always send a host header, with the host of Nokia's gateway or, in
    /// version 5, this API's address. The later SDKs are generated and read the specification's notation; they send
    /// the name of their generator.
    static func times(for request: Request) -> Session.TimeNotation {
        guard let host = request.headers[.rapidAPIHost]?.lowercased(), request.headers[.fernLanguage] == nil else { return .seconds }
        return host.hasSuffix(".rapidapi.com") || host.hasSuffix("/qod/v0") || host.hasSuffix("/qod/v0/") ? .rfc3339 : .seconds
    }
}

extension HTTPField.Name {
    static let rapidAPIHost = Self("X-RapidAPI-Host")!
    static let fernLanguage = Self("X-Fern-Language")!
}
