import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@Suite("What clients may do")
struct ClientTests {
    private let stranger = ClientID("stranger")

    @Test("a client sees, extends and deletes its own sessions only")
    func isolation() async throws {
        try await Harness.with { harness in
            let engine = harness.engine
            let session = try await engine.create(try harness.order(), by: Fixture.client)
            #expect(await refusal { _ = try await engine.session(session.id, of: stranger) } == .permissionDenied)
            #expect(await refusal { _ = try await engine.extend(session.id, by: 5, of: stranger) } == .permissionDenied)
            #expect(await refusal { try await engine.delete(session.id, of: stranger) } == .permissionDenied)
            #expect(await refusal { _ = try await engine.events(of: session.id, client: stranger) } == .permissionDenied)
            let device = try harness.order().device
            #expect(try await engine.sessions(for: device, of: stranger) == [])
            #expect(try await engine.sessions(for: device, of: Fixture.client) == [session])
            #expect(try await engine.session(session.id, of: Fixture.client) == session)
        }
    }

    @Test("another client's session keeps a flow of the same device taken")
    func conflictAcrossClients() async throws {
        try await Harness.with { harness in
            _ = try await harness.engine.create(try harness.order(), by: Fixture.client)
            #expect(await refusal { _ = try await harness.engine.create(try harness.order(), by: stranger) } == .conflict)
        }
    }

    @Test(
        "an order that cannot be met is refused for its reason",
        arguments: [
            ("NO_SUCH_PROFILE", 60, 1000, EngineError.Code.profileUnknown), ("LEGACY", 60, 1000, .profileNotApplicable),
            ("FUTURE", 60, 1000, .profileNotApplicable), ("SHORT", 301, 1000, .durationOutOfRange), ("QOS_L", 86_401, 1000, .durationOutOfRange),
            ("QOS_L", 60, 5000, .deviceNotServed), ("QOS_L", 60, 6000, .deviceNotFound),
        ])
    func refusals(profile: String, duration: Int, device: Int, code: EngineError.Code) async throws {
        try await Harness.with { harness in
            let order = try harness.order(device, profile: profile, duration: duration)
            #expect(await refusal { _ = try await harness.engine.create(order, by: Fixture.client) } == code)
            #expect(try await harness.store.count() == 0)
        }
    }

    @Test("without a device there is nothing to do")
    func missingDevice() async throws {
        try await Harness.with { harness in
            var order = try harness.order()
            order.device = nil
            let sent = order
            #expect(await refusal { _ = try await harness.engine.create(sent, by: Fixture.client) } == .deviceMissing)
            #expect(await refusal { _ = try await harness.engine.sessions(for: nil, of: Fixture.client) } == .deviceMissing)
        }
    }

    @Test("a repeated order is answered with the session that the first made")
    func repeating() async throws {
        try await Harness.with { harness in
            let order = try harness.order(key: "k")
            let first = try await harness.engine.create(order, by: Fixture.client)
            #expect(try await harness.engine.create(order, by: Fixture.client) == first)
            let other = try harness.order(server: "198.51.100.9", key: "k")
            #expect(await refusal { _ = try await harness.engine.create(other, by: Fixture.client) } == .keyReused)
            try await harness.engine.delete(first.id, of: Fixture.client)
            #expect(await refusal { _ = try await harness.engine.create(order, by: Fixture.client) } == .keyReused)
        }
    }

    @Test("a device's list has at most 100 sessions, as the API says")
    func longList() async throws {
        try await Harness.with { harness in
            for index in 0..<105 { _ = try await harness.engine.create(try harness.order(server: "198.51.100.\(index)"), by: Fixture.client) }
            #expect(try await harness.engine.sessions(for: try harness.order().device, of: Fixture.client).count == 100)
        }
    }

    @Test("of many equal orders at once, one is met")
    func race() async throws {
        try await Harness.with { harness in
            let order = try harness.order()
            let created = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask { await refusal { _ = try await harness.engine.create(order, by: Fixture.client) } == nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 1)
            #expect(try await harness.held().count == 1)
        }
    }
}
