import QoDTestSupport
import QualityOnDemand
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("A session that the network ends of its own accord")
struct ReportedReasonTests {
    @Test("keeps the network's reason, and so does its event")
    func reason() async throws {
        try await Harness.with { harness in
            let told = try await harness.engine.create(try harness.order(server: "198.51.100.1"), by: Fixture.client)
            let untold = try await harness.engine.create(try harness.order(server: "198.51.100.2"), by: Fixture.client)
            harness.network.end(told.id, reason: "The cell is switched off.")
            harness.network.end(untold.id)
            try await harness.advance(until: {
                let sessions = try await harness.store.sessions([told.id, untold.id])
                return sessions.allSatisfy { $0.status == .unavailable }
            })
            #expect(try await harness.engine.session(told.id, of: Fixture.client).networkReason == "The cell is switched off.")
            #expect(try await harness.store.events(of: told.id).last?.change.reason == "The cell is switched off.")
            #expect(try await harness.engine.session(untold.id, of: Fixture.client).networkReason == nil)
        }
    }
}
