import CAMARA
import HTTPTypes
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import QoDServer

@Suite("The traffic of a session, as its owner sees it")
struct TrafficRouteTests {
    private static func path(_ id: String) -> String { "/insights/v1/sessions/\(id)" }

    @Test("says what was promised, and where the network counts nothing, no more")
    func promised() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session(["qosProfile": #""QOS_E""#])
            let answer = try await platform.caller.send(.get, Self.path(id))
            #expect(answer.status == 200)
            let info = try SessionTrafficInfo(JSONNode(parsing: Array(answer.body.utf8), unknownProperties: .rejected))
            #expect(info.sessionID == id && info.qosProfile == "QOS_E" && info.qosStatus == .available)
            #expect(info.downlink.targetMinRate == 500_000 && info.uplink.maxRate == 500_000)
            #expect(info.downlink.bytes == nil && info.measuredAt == nil)
            #expect(JSONWriter.document { info.write(to: &$0) } == Array(answer.body.utf8))
        }
    }

    @Test("another client is refused, an unknown or ended session is not found, another method is not allowed")
    func owners() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session()
            #expect(try await platform.other.send(.get, Self.path(id)).status == 403)
            #expect(try await platform.caller.send(.post, Self.path(id), "{}").status == 405)
            #expect(try await platform.caller.send(.get, Self.path("x")).status == 400)
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await platform.caller.send(.get, Self.path(id)).status == 404)
        }
    }
}
