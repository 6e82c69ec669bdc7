import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("When something fails")
struct RecoveryTests {
    @Test("a network that fails a few times is asked again until it works")
    func retrying() async throws {
        try await Harness.with { harness in
            harness.network.faults.failingCalls = 3
            let asked = try await harness.createSlow(try harness.order())
            #expect(asked.status == .requested)
            try await harness.advance(until: { try await harness.engine.session(asked.id, of: Fixture.client).status == .available })
        }
    }

    @Test("a request that the network never answers is given up, and nothing is left of it when the network is back")
    func givingUp() async throws {
        try await Harness.with(configure: { $0.site.timing.giveUpAfter = 60 }) { harness in
            harness.network.faults.isUnreachable = true
            let asked = try await harness.createSlow(try harness.order())
            try await harness.advance(by: .seconds(61), step: .milliseconds(500))
            let session = try await harness.engine.session(asked.id, of: Fixture.client)
            #expect(session.statusInfo == .networkTerminated)
            harness.network.faults = .init()
            try await harness.advance(by: .seconds(361), step: .seconds(1))
            try await eventually { try await harness.store.count() == 0 }
            #expect(try await harness.held() == [])
            #expect(try await harness.told(asked.id) == ["UNAVAILABLE NETWORK_TERMINATED"])
        }
    }

    @Test("a refusal of the network ends the session at once")
    func refusing() async throws {
        try await Harness.with { harness in
            harness.network.faults.refusesGrants = true
            let session = try await harness.engine.create(try harness.order(), by: Fixture.client)
            #expect(session.status == .unavailable && session.statusInfo == .networkTerminated)
        }
    }

    @Test("a session deleted while the network is still busy with it leaves nothing behind")
    func deletedMeanwhile() async throws {
        try await Harness.with { harness in
            harness.network.faults.latency = .seconds(1)
            let asked = try await harness.createSlow(try harness.order())
            try await harness.engine.delete(asked.id, of: Fixture.client)
            try await harness.advance(by: .seconds(6))
            harness.network.faults = .init()
            try await harness.advance(by: .seconds(1))
            try await eventually { try await harness.store.count() == 0 }
            #expect(try await harness.held() == [])
            #expect(try await harness.told(asked.id) == ["UNAVAILABLE DELETE_REQUESTED"])
        }
    }

    @Test("a network that cannot be told to let go is told again; clients do not wait for it")
    func releasingLater() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(), by: Fixture.client)
            harness.network.faults.isUnreachable = true
            try await harness.engine.delete(session.id, of: Fixture.client)
            try await harness.advance(by: .seconds(2))
            harness.network.faults = .init()
            #expect(try await harness.held() == [session.id])
            try await harness.advance(until: { try await harness.store.count() == 0 })
            #expect(try await harness.held() == [])
        }
    }

    @Test("a network that forgot everything gets it again at the next comparison")
    func forgetfulNetwork() async throws {
        try await Harness.with { harness in
            var ids: Set<SessionID> = []
            for index in 0..<20 {
                ids.insert(try await harness.engine.create(try harness.order(server: "198.51.100.\(index)"), by: Fixture.client).id)
            }
            harness.network.loseEverything()
            try await harness.advance(by: .seconds(61), step: .seconds(1))
            try await eventually { try await harness.held() == ids }
        }
    }

    @Test("a new engine serves what was live, ends what was due meanwhile, and sweeps what nobody wants")
    func restart() async throws {
        let first = try Harness()
        try await first.idle()
        let live = try await first.engine.create(try first.order(duration: 3600), by: Fixture.client)
        let due = try await first.engine.create(try first.order(server: "198.51.100.8", duration: 5), by: Fixture.client)
        let deleted = try await first.engine.create(try first.order(server: "198.51.100.9"), by: Fixture.client)
        first.network.faults.isUnreachable = true
        try await first.engine.delete(deleted.id, of: Fixture.client)
        await first.kill()

        first.network.faults = .init()
        let orphan = NetworkDriverConformance.grant(1)
        _ = try await first.network.program([orphan])
        first.clock.advance(by: .seconds(600))
        let second = try Harness(store: first.store, network: first.network, clock: first.clock)
        try await second.advance(by: .seconds(1))
        try await eventually { try await second.held() == [live.id] }
        try await eventually { try await second.store.count() == 1 }
        #expect(try await second.engine.session(live.id, of: Fixture.client) == live)
        #expect(await refusal { _ = try await second.engine.session(due.id, of: Fixture.client) } == .sessionNotFound)
        let events = try await second.store.events(of: due.id)
        #expect(events.last?.change == StatusChange(status: .unavailable, info: .durationExpired, time: try #require(due.expiresAt)))
        await second.kill()
    }

    @Test("a network that lost everything with the old engine is programmed anew, also for sessions not yet answered")
    func restartWithEmptyNetwork() async throws {
        let first = try Harness()
        let live = try await first.engine.create(try first.order(), by: Fixture.client)
        let asked = try await first.createSlow(try first.order(2000))
        await first.kill()
        let second = try Harness(store: first.store, clock: first.clock)
        try await second.advance(by: .seconds(3))
        #expect(try await second.held() == [live.id, asked.id])
        #expect(try await second.engine.session(asked.id, of: Fixture.client).status == .available)
        #expect(await second.engine.isReady())
        await second.kill()
    }

    @Test("it is not ready before the network was reached")
    func readiness() async throws {
        let clock = TestClock()
        let network = try SimulatedNetwork(clock: clock)
        network.faults.isUnreachable = true
        let harness = try Harness(network: network, clock: clock)
        try await harness.idle()
        #expect(await harness.engine.isReady() == false)
        network.faults = .init()
        try await harness.advance(until: { await harness.engine.isReady() })
        await harness.kill()
    }

    @Test("a store that fails for a while delays an ending but does not lose it, and clients are told to come back")
    func flakyStore() async throws {
        let flaky = FlakyStore(try SQLiteStore.inMemory())
        let harness = try Harness(store: flaky)
        try await harness.idle()
        let session = try await harness.engine.create(try harness.order(duration: 5), by: Fixture.client)
        flaky.failure = StoreError(.full, "the disk is full")
        do {
            _ = try await harness.engine.create(try harness.order(1001), by: Fixture.client)
            Issue.record("a full disk must refuse")
        } catch {
            #expect((error as? EngineError)?.code == .unavailable)
            #expect((error as? EngineError)?.retryAfter != nil)
        }
        for _ in 0..<80 {
            try await eventually { harness.clock.sleeperCount >= 6 }
            harness.clock.advance(by: .milliseconds(100))
        }
        flaky.failure = nil
        try await harness.advance(until: { try await harness.store.count() == 0 })
        #expect(try await harness.told(session.id) == ["AVAILABLE", "UNAVAILABLE DURATION_EXPIRED"])
        await harness.kill()
    }

    @Test("whatever happens in whatever order, network and store agree in the end, and each change is told once", arguments: [1, 2, 3])
    func chaos(seed: UInt64) async throws {
        try await Harness.with { harness in
            var generator = SeededGenerator(seed: seed)
            var ids: [SessionID] = []
            for step in 0..<120 {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<5:
                    let device = [1000, 1001, 4000].randomElement(using: &generator)!
                    let order = try harness.order(device, server: "198.51.100.\(step)", duration: Int.random(in: 1...20, using: &generator))
                    if let session = try await harness.createWhileTimePasses(order) { ids.append(session.id) }
                case 5, 6: if let id = ids.randomElement(using: &generator) { try? await harness.engine.delete(id, of: Fixture.client) }
                case 7: harness.network.faults.failingCalls = Int.random(in: 0...4, using: &generator)
                case 8: harness.network.loseEverything()
                default: try await harness.advance(by: .milliseconds(Int.random(in: 0...2000, using: &generator)))
                }
            }
            harness.network.faults = .init()
            try await harness.advance(by: .seconds(130), step: .milliseconds(500))
            let live = try await harness.store.sessions(after: nil, limit: 1000)
            #expect(live.allSatisfy { $0.status == .unavailable }, "seed \(seed)")
            try await eventually { try await harness.held() == [] }
            for id in ids {
                let told = try await harness.told(id)
                #expect(told.filter { $0 == "AVAILABLE" }.count <= 1, "seed \(seed)")
                #expect(told.filter { $0.hasPrefix("UNAVAILABLE") }.count == 1, "seed \(seed): \(told)")
                #expect(told.last?.hasPrefix("UNAVAILABLE") == true, "seed \(seed): \(told)")
            }
            try await harness.advance(by: .seconds(361), step: .seconds(2))
            try await eventually { try await harness.store.count() == 0 }
        }
    }
}
