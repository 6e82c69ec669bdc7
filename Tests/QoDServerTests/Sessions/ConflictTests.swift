import CAMARA
import HTTPTypes
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import SimulatedNetwork
import Testing

@testable import QoDServer

@Suite("Conflicts and refusals, and what clients are told of them")
struct ConflictTests {
    private static let v0 = "/qod/v0/sessions"

    private func uuids(_ text: String?) -> [String] {
        (text ?? "").matches(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/).map { String($0.0) }
    }

    @Test("a conflict names the session in the way where it is the client's own, and no other")
    func named() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.session()
            let own = try await platform.caller.create()
            own.expectError(409, "CONFLICT", "your session \(id)")
            #expect(uuids(own.text("message")) == [id])
            let other = try await platform.other.create()
            other.expectError(409, "CONFLICT", "their flows overlap")
            #expect(uuids(other.text("message")) == [])
        }
    }

    @Test("a conflict with a session that the network ended says until when it blocks and what to do")
    func ended() async throws {
        try await Platform.with { platform async throws in
            let id = try await platform.endedSession()
            let answer = try await platform.caller.create()
            answer.expectError(409, "CONFLICT", "your session \(id)")
            let message = try #require(answer.text("message"))
            #expect(message.contains("The network ended it, and it blocks new ones until 20"))
            #expect(message.contains("Delete it, then create again."))
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await platform.caller.create().status == 201)
        }
    }

    @Test("a conflict with an assignment names it to its owner alone")
    func assignments() async throws {
        try await Platform.with { platform async throws in
            let first = try await platform.caller.send(.post, Path.assignments, Body.assignment())
            let id = try #require(first.text("assignmentId"))
            let own = try await platform.caller.send(.post, Path.assignments, Body.assignment())
            own.expectError(409, "CONFLICT", "your QoS assignment \(id)")
            let other = try await platform.other.send(.post, Path.assignments, Body.assignment())
            other.expectError(409, "CONFLICT", "another QoS assignment")
            #expect(uuids(other.text("message")) == [])
        }
    }

    @Test("in the older dialect too, a flow that another client's session has is a conflict, whatever dialect made that one")
    func olderDialect() async throws {
        try await Platform.with { platform async throws in
            let server = #"{"ipv4Address": "198.51.100.0/24"}"#
            #expect(try await platform.caller.create().status == 201)
            for body in [Body.create(), Body.create(["applicationServer": server])] {
                try await platform.other.send(.post, Self.v0, body).expectError(409, "CONFLICT", "overlap")
            }
            #expect(try await platform.caller.send(.post, Self.v0, Body.create()).status == 201, "one client's own may overlap")

            let second = ["device": Body.phone(1001)]
            #expect(try await platform.caller.send(.post, Self.v0, Body.create(second)).status == 201)
            try await platform.other.create(second).expectError(409, "CONFLICT", "overlap")
            try await platform.other.send(.post, Self.v0, Body.create(second)).expectError(409, "CONFLICT", "overlap")
        }
    }

    @Test("a session that the network refused carries the reason, in its insights and in its event")
    func reason() async throws {
        try await Platform.with { platform async throws in
            platform.network.faults.refusesGrants = true
            let created = try await platform.caller.create()
            #expect(created.text("statusInfo") == "NETWORK_TERMINATED" && !created.body.contains("reason"))
            let id = try #require(created.text("sessionId"))
            let insights = try await platform.caller.send(.get, "/insights/v1/sessions/\(id)")
            #expect(insights.text("reason") == "the simulated network refuses")
            let events = try await platform.caller.send(.get, "/insights/v1/sessions/\(id)/events")
            #expect(events.json?[0]?["reason"]?.text == "the simulated network refuses")
        }
    }

    @Test("a session that the network never answered carries that as its reason")
    func givenUp() async throws {
        let clock = TestClock()
        let setup = Setup { setup in
            setup.clock = clock
            setup.engine.site.answerWait = .zero
            setup.engine.site.timing.giveUpAfter = 30
        }
        try await Platform.with(setup) { platform async throws in
            platform.network.faults.isUnreachable = true
            let id = try #require(try await platform.caller.create().text("sessionId"))
            try await eventually {
                clock.advance(by: .milliseconds(200))
                return try await platform.caller.get(id).text("qosStatus") == "UNAVAILABLE"
            }
            let insights = try await platform.caller.send(.get, "/insights/v1/sessions/\(id)")
            #expect(insights.text("reason") == "The network did not answer within 30 s.")
        }
    }

    @Test("a flow that lists more ports than are taken is refused at once, with the count and the limit")
    func ports() async throws {
        try await Platform.with { platform async throws in
            let list = (1...8193).map { String($0) }.joined(separator: ",")
            for name in ["devicePorts", "applicationServerPorts"] {
                try await platform.caller.create([name: "{\"ports\": [\(list)]}"])
                    .expectError(400, "INVALID_ARGUMENT", "\(name): lists 8193 ports and ranges; 1 to 8192 are allowed")
            }
        }
    }
}
