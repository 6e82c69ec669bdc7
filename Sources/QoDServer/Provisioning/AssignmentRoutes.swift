import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine

/// `/qos-provisioning/v0.4` (CAMARA qos-provisioning 0.4): profiles for devices, until the client revokes the
/// assignment.
struct AssignmentRoutes: Sendable {
    let engine: SessionEngine
    let reader: RequestReader
    let configuration: ServerConfiguration

    func add(to router: inout APIRouter) {
        let base = "/qos-provisioning/v0.4"
        router.on(.post, "\(base)/qos-assignments", as: "createQosAssignment", needs: .createAssignments, create)
        router.on(.get, "\(base)/qos-assignments/{assignmentId}", as: "getQosAssignmentById", needs: .readAssignments, get)
        router.on(.delete, "\(base)/qos-assignments/{assignmentId}", as: "revokeQosAssignment", needs: .deleteAssignments, revoke)
        router.on(.post, "\(base)/retrieve-qos-assignment", as: "getQosAssignmentByDevice", needs: .readAssignmentsByDevice, retrieve)
    }

    @Sendable func create(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let body = try await reader.body(request, context, CreateAssignment.init)
        let rules = SinkRules(configuration, now: engine.now)
        var order = AssignmentOrder(
            device: try reader.device(body.device, principal, context), isDeviceNamed: principal.device == nil, profile: body.qosProfile,
            notification: try rules.target(sink: body.sink, credential: body.sinkCredential))
        order.sites = principal.sites
        do throws(EngineError) {
            return Self.answer(.created, try await engine.assign(order, by: principal.client))
        } catch {
            guard error.code == .profileNotApplicable else { throw error }
            throw APIError(.unprocessableContent, .assignmentProfileNotApplicable, error.message)
        }
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        return Self.answer(.ok, try await engine.assignment(try id(context), of: principal.client, device: principal.device))
    }

    @Sendable func revoke(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        try await engine.revoke(try id(context), of: principal.client, device: principal.device)
        return .deleted
    }

    @Sendable func retrieve(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let body = try await reader.body(request, context, RetrieveAssignmentByDevice.init)
        let device = try reader.device(body.device, principal, context)
        return Self.answer(.ok, try await engine.assignment(for: device, of: principal.client, among: principal.sites))
    }

    private func id(_ context: APIRequestContext) throws -> SessionID {
        try reader.sessionID(context, named: "assignmentId")
    }

    private static func answer(_ status: HTTPResponse.Status, _ assignment: Session) -> Response {
        Response(status: status, json: JSONWriter.document { assignment.writeAssignmentInfo(to: &$0) })
    }
}
