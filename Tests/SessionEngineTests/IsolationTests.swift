import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("One session that cannot be programmed")
struct IsolationTests {
    private static let poison = "203.0.113.66"

    /// Runs a test with an engine over a network that fails on sessions to one server.
    private func with(_ body: (Harness, PoisonedNetwork) async throws -> Void) async throws {
        let clock = TestClock()
        let network = PoisonedNetwork(try SimulatedNetwork(clock: clock))
        network.poison(server: Self.poison)
        let harness = try Harness(network: network.network, clock: clock, driver: network)
        try await harness.idle()
        try await body(harness, network)
        await harness.kill()
    }

    @Test("spoils none that is programmed with it, and is set aside while the network serves others")
    func setAside() async throws {
        try await with { harness, _ in
            let bad = try await harness.createSlow(try harness.order(server: Self.poison))
            #expect(bad.status == .requested)
            var created = 0
            try await harness.advance(until: {
                created += 1
                let order = try harness.order(1000 + created / 200, server: "198.51.100.\(created % 200)")
                #expect(try await harness.engine.create(order, by: Fixture.client).status == .available)
                return try await harness.engine.session(bad.id, of: Fixture.client).status == .unavailable
            })
            let ended = try await harness.engine.session(bad.id, of: Fixture.client)
            #expect(ended.statusInfo == .networkTerminated)
            #expect(ended.networkReason == "The network failed 8 times to serve the session while it served others.")
            let event = try await harness.store.events(of: bad.id).last
            #expect(event?.change.reason == ended.networkReason)
        }
    }

    @Test("does not hold up the others of its group at a start, nor the start")
    func start() async throws {
        let clock = TestClock()
        let (store, good) = try await Harness.killed(with: Self.poison, clock: clock)

        let network = PoisonedNetwork(try SimulatedNetwork(clock: clock))
        network.poison(server: Self.poison)
        let second = try Harness(store: store, network: network.network, clock: clock, driver: network)
        try await second.advance(until: { await second.engine.isReady() })
        #expect(try await second.held() == good)
        #expect(network.calls < 40, "halving takes two calls for each halving")
        await second.kill()
    }

    @Test("is not blamed while the network fails for all, however long that is")
    func unreachable() async throws {
        try await Harness.with(configure: { $0.site.timing.giveUpAfter = 100_000 }) { harness in
            var ids: [SessionID] = []
            for index in 0..<20 {
                ids.append(try await harness.engine.create(try harness.order(server: "198.51.100.\(index)"), by: Fixture.client).id)
            }
            harness.network.loseEverything()
            harness.network.faults.isUnreachable = true
            ids.append(try await harness.createSlow(try harness.order(server: Self.poison)).id)
            try await harness.advance(by: .seconds(1200), step: .seconds(2))
            harness.network.faults = .init()
            try await harness.advance(by: .seconds(70), step: .seconds(1))
            for id in ids { #expect(try await harness.store.session(id)?.status == .available) }
            try await eventually { try await harness.held() == Set(ids) }
        }
    }

    @Test("a network that hangs holds a bounded number of calls, and each client is answered that its session is requested")
    func hanging() async throws {
        let network = PoisonedNetwork(try SimulatedNetwork())
        network.hangs = true
        var configuration = EngineConfiguration()
        configuration.site.answerWait = .milliseconds(2)
        configuration.site.reconcileConcurrency = 4
        let engine = SessionEngine(
            store: try SQLiteStore.inMemory(), network: network, directory: SandboxDirectory(), configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await engine.run() }
        for index in 0..<200 {
            let order = SessionOrder(
                device: try Device(phoneNumber: PhoneNumber("+99999991000")), flow: Fixture.flow("198.51.100.\(index)"),
                profile: try QoSProfileName("QOS_L"), duration: 3600)
            #expect(try await engine.create(order, by: Fixture.client).status == .requested)
        }
        #expect(network.mostRunning <= 9, "four for creations, four for the queue, one for the comparison")
        #expect(engine.workQueueDepth >= 200 - 9 - 4 * 64)
        network.hangs = false
        let device = try Device(phoneNumber: PhoneNumber("+99999991000"))
        try await eventually {
            try await engine.sessions(for: device, of: Fixture.client).allSatisfy { $0.status == .available }
        }
        running.cancel()
        _ = await running.result
    }
}
