import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

/// An ended process is simulated by an engine whose calls to store and network have no effect any more.
@Suite("A session that ends the process whenever it is programmed")
struct TrialTests {
    private static let poison = "203.0.113.66"

    private struct Lives {
        let clock = TestClock()
        let kept: SQLiteStore
        let network: PoisonedNetwork

        init() throws {
            kept = try SQLiteStore.inMemory()
            network = PoisonedNetwork(try SimulatedNetwork(clock: clock))
        }

        /// Begins a process.
        func begin() throws -> (harness: Harness, store: FlakyStore) {
            network.revive()
            let store = FlakyStore(kept)
            return (try Harness(store: store, network: network.network, clock: clock, driver: network), store)
        }

        /// Ends the process at this moment.
        func end(_ life: (harness: Harness, store: FlakyStore)) async {
            life.store.failure = StoreError(.closed, "the process has ended")
            await life.harness.kill()
        }

        /// Starts processes until one start is complete.
        ///
        /// - Returns: The number of processes that ended before, and the running one.
        func startUntilReady() async throws -> (deaths: Int, life: (harness: Harness, store: FlakyStore)) {
            for deaths in 0..<10 {
                let life = try begin()
                try await eventually {
                    if network.hasDied { return true }
                    if clock.sleeperCount > 0 { clock.advance(by: .milliseconds(20)) }
                    return await life.harness.engine.isReady()
                }
                if !network.hasDied { return (deaths, life) }
                await end(life)
            }
            Issue.record("ten processes ended")
            throw NetworkError("ten processes ended")
        }
    }

    private func make(_ count: Int, _ harness: Harness) async throws -> Set<SessionID> {
        var ids: Set<SessionID> = []
        for index in 0..<count {
            ids.insert(try await harness.engine.create(try harness.order(server: "198.51.100.\(index)"), by: Fixture.client).id)
        }
        return ids
    }

    @Test("is set aside after a few starts where it was programmed before, and all others live")
    func available() async throws {
        let lives = try Lives()
        var life = try lives.begin()
        try await life.harness.idle()
        let good = try await make(60, life.harness)
        let bad = try await life.harness.engine.create(try life.harness.order(server: Self.poison), by: Fixture.client).id
        lives.network.poison(server: Self.poison)
        lives.network.isDeadly = true
        await lives.end(life)
        lives.network.network.loseEverything()

        let (deaths, last) = try await lives.startUntilReady()
        #expect(deaths <= 5, "\(deaths) processes ended")
        let ended = try await lives.kept.session(bad)
        #expect(ended?.statusInfo == .networkTerminated)
        #expect(ended?.networkReason == "The platform ended 2 times while it programmed the session.")
        for id in good { #expect(try await lives.kept.session(id)?.status == .available) }
        try await eventually { try await last.harness.held() == good }
        await lives.end(last)
        life = try lives.begin()
        try await life.harness.advance(until: { await life.harness.engine.isReady() })
        #expect(!lives.network.hasDied)
        await lives.end(life)
    }

    @Test("is set aside after a few starts where its creation was the first to end a process")
    func requested() async throws {
        let lives = try Lives()
        let life = try lives.begin()
        try await life.harness.idle()
        let good = try await make(20, life.harness)
        lives.network.poison(server: Self.poison)
        lives.network.isDeadly = true
        let bad = try await life.harness.createSlow(try life.harness.order(server: Self.poison))
        #expect(lives.network.hasDied)
        await lives.end(life)

        let (deaths, last) = try await lives.startUntilReady()
        #expect(deaths <= 3, "\(deaths) processes ended")
        #expect(try await lives.kept.session(bad.id)?.status == .unavailable)
        for id in good { #expect(try await lives.kept.session(id)?.status == .available) }
        await lives.end(last)
    }

    @Test("nothing is noted in runs after one that ended well, and for sessions that were programmed before")
    func hotPath() async throws {
        let lives = try Lives()
        var life = try lives.begin()
        try await life.harness.idle()
        _ = try await make(20, life.harness)
        #expect(life.store.trialNotes == 0)
        await lives.end(life)
        life = try lives.begin()
        try await life.harness.advance(until: { await life.harness.engine.isReady() })
        #expect(life.store.trialNotes == 0)
        _ = try await life.harness.engine.create(try life.harness.order(server: "203.0.113.1"), by: Fixture.client)
        #expect(life.store.trialNotes == 0)
        await lives.end(life)
    }
}
