import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine

/// `/insights/v1/sessions/{sessionId}/events`: a session's events, and the state of their delivery.
struct EventRoutes: Sendable {
    let engine: SessionEngine
    let reader: RequestReader

    func add(to router: inout APIRouter) {
        router.on(.get, "/insights/v1/sessions/{sessionId}/events", as: "getSessionEvents", needs: .readSessions, events)
    }

    /// The events of one of the client's sessions, oldest first; also after the session's end, while the platform
    /// keeps them.
    @Sendable func events(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let events = try await engine.events(of: try reader.sessionID(context), client: principal.client, device: principal.device)
        return Response(status: .ok, json: JSONWriter.document { json in
            json.array(events) { $1.info.write(to: &$0) }
        })
    }
}

extension SessionEvent {
    fileprivate var info: SessionEventInfo {
        SessionEventInfo(
            id: id.description, time: change.time, qosStatus: change.status, statusInfo: change.info,
            reason: change.reason,
            delivery: delivery.state == .none ? nil : SessionEventInfo.Delivery(rawValue: delivery.state.rawValue),
            attempts: delivery.attempts, lastOutcome: delivery.lastOutcome, nextAttemptAt: delivery.nextAttempt)
    }
}
