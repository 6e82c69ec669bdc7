import NetworkAsCode
import QualityOnDemand
import Testing

@testable import NACCommands

@Suite struct WatchTests {
    private let id = World.Reply.id

    @Test func `on a pipe each change is a line and the network's end is the last`() async {
        let ended = World.Reply.session(qosStatus: "UNAVAILABLE", more: #","statusInfo":"NETWORK_TERMINATED""#)
        let world = World(.session(qosStatus: "REQUESTED"), .session(), .session(), ended)
        #expect(await world.run("session", "watch", id) == .success)
        #expect(
            world.output == """
                2026-03-01T10:00:00.000Z REQUESTED
                2026-03-01T10:00:00.250Z AVAILABLE until 2026-03-01T11:00:00.000Z
                2026-03-01T10:00:01.000Z UNAVAILABLE (NETWORK_TERMINATED)

                """)
    }

    @Test func `a session that vanishes before its end was deleted`() async {
        let world = World(.session(), .error(404, "NOT_FOUND", "gone"))
        #expect(await world.run("session", "watch", id) == .success)
        #expect(world.output.hasSuffix(" UNAVAILABLE (DELETE_REQUESTED)\n"))
    }

    @Test func `for programs each change is a document on a line`() async {
        let world = World(.session(), .error(404, "NOT_FOUND", "gone"))
        #expect(await world.run("session", "watch", id, "--format", "json") == .success)
        #expect(world.output.hasPrefix("{") && world.output.hasSuffix("}\n"))
        #expect(world.output.filter { $0 == "\n" }.count == 2)
        #expect(world.output.contains(#""qosStatus":"UNAVAILABLE","statusInfo":"DELETE_REQUESTED"}"#))
    }

    @Test func `an unknown session is not found at once`() async {
        let world = World(.error(404, "NOT_FOUND", "There is no such session."))
        #expect(await world.run("session", "watch", id) == .notFound)
        #expect(world.output.isEmpty)
    }

    @Test(arguments: [
        (0, 120, "AVAILABLE  1:00:00 left  QOS_L to 233.252.0.2  0190aaaa-0000-7000-8000-000000000001"),
        (3_595, 120, "AVAILABLE  0:05 left  QOS_L to 233.252.0.2  0190aaaa-0000-7000-8000-000000000001"),
        (3_700, 30, "AVAILABLE  0:00 left  QOS_L …"),
    ])
    func `the line counts down and is never wider than the terminal`(seconds: Int, width: Int, line: String) async throws {
        let session = try await session()
        let page = Page(now: World.start.adding(seconds: seconds), width: width)
        #expect(WatchLine.text(session, on: page) == line)
        #expect(TextWidth.of(line) < width)
    }

    @Test(arguments: [
        ("DURATION_EXPIRED", "its time was up"), ("DELETE_REQUESTED", "it was deleted"), ("NETWORK_TERMINATED", "the network ended it"),
        ("PROFILE_BUSY", "PROFILE_BUSY"),
    ])
    func `the end is told as what it was`(info: String, words: String) async throws {
        let session = try await session(.session(qosStatus: "UNAVAILABLE", more: #","statusInfo":"\#(info)""#))
        #expect(WatchLine.end(of: session) == "session \(id) ended: \(words)")
    }

    private func session(_ reply: World.Reply = .session()) async throws -> QoDSession {
        let client = NetworkAsCodeClient(token: "sandbox", server: .sandbox, transport: World(reply))
        return try await client.sessions.get(id)
    }
}
