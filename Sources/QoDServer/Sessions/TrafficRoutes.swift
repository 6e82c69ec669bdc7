import Access
import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand
import SessionEngine
import Southbound

/// `/insights/v1/sessions/{sessionId}`: the measured traffic of a session's flow, and the promised rates.
struct TrafficRoutes: Sendable {
    let engine: SessionEngine
    let reader: RequestReader

    func add(to router: inout APIRouter) {
        router.on(.get, "/insights/v1/sessions/{sessionId}", as: "getSessionTraffic", needs: .readSessions, traffic)
    }

    /// The traffic of one of the client's sessions.
    @Sendable func traffic(_ request: Request, _ context: APIRequestContext, _ principal: Principal) async throws -> Response {
        let id = try reader.sessionID(context)
        let session = try await engine.session(id, of: principal.client, device: principal.device)
        let traffic = try await engine.traffic(of: session)
        let profile = engine.profiles[session.profile]
        let info = SessionTrafficInfo(
            sessionID: session.id.description, qosStatus: session.status, reason: session.networkReason ?? session.partialReason,
            qosProfile: session.profile.description,
            downlink: .init(profile?.targetMinDownstreamRate, profile?.maxDownstreamRate, traffic?.downlink),
            uplink: .init(profile?.targetMinUpstreamRate, profile?.maxUpstreamRate, traffic?.uplink),
            measuredAt: traffic == nil ? nil : engine.now)
        return Response(status: .ok, json: JSONWriter.document { info.write(to: &$0) })
    }
}

extension SessionTrafficInfo.Direction {
    fileprivate init(_ minimum: Rate?, _ maximum: Rate?, _ count: SessionTraffic.Count?) {
        self.init(
            targetMinRate: minimum?.bitsPerSecond, maxRate: maximum?.bitsPerSecond, currentRate: count?.rate,
            bytes: count.map { Int(clamping: $0.bytes) }, packets: count.map { Int(clamping: $0.packets) },
            droppedPackets: count.map { Int(clamping: $0.droppedPackets) })
    }
}
