import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SimulatedNetwork
import Testing

@testable import SessionEngine
import Southbound

/// The simulated network with calls that are stuck until the test lets them go, also when their tasks are cancelled.
private final class StuckNetwork: NetworkDriver {
    private struct State {
        var isLetGo = false
        var stuck: [CheckedContinuation<Void, Never>] = []
        var count = 0
    }

    let network: SimulatedNetwork
    private let state = NIOLockedValueBox(State())
    private let server: String
    private let sticksWhenListing: Bool
    private let sticksForTraffic: Bool

    /// - Parameters:
    ///   - server: calls for sessions to this server are stuck.
    ///   - sticksWhenListing: whether calls that list all sessions are stuck too.
    ///   - sticksForTraffic: whether calls that read a session's traffic are stuck too.
    init(_ network: SimulatedNetwork, server: String, sticksWhenListing: Bool = false, sticksForTraffic: Bool = false) {
        self.network = network
        self.server = server
        self.sticksWhenListing = sticksWhenListing
        self.sticksForTraffic = sticksForTraffic
    }

    var name: String { network.name }
    /// How many calls were ever stuck.
    var stuckCount: Int { state.withLockedValue { $0.count } }

    func letGo() {
        let stuck = state.withLockedValue { state in
            state.isLetGo = true
            defer { state.stuck = [] }
            return state.stuck
        }
        for continuation in stuck { continuation.resume() }
    }

    private func stick() async {
        await withCheckedContinuation { continuation in
            let isLetGo = state.withLockedValue { state in
                if !state.isLetGo {
                    state.count += 1
                    state.stuck.append(continuation)
                }
                return state.isLetGo
            }
            if isLetGo { continuation.resume() }
        }
    }

    func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        if orders.contains(where: { $0.isServing(server) }) { await stick() }
        return await network.apply(orders)
    }

    func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        if sticksWhenListing { await stick() }
        return try await network.inventory(after: id, limit: limit)
    }

    func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic? {
        if sticksForTraffic { await stick() }
        return try await network.traffic(of: session)
    }

    func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws { try await network.run(report: report) }
}

@Suite("A call of the network that never returns")
struct HangingCallTests {
    private static let stuck = "203.0.113.66"

    @Test("is given up, its session ends with a reason, others are served, and what the call does late is put right")
    func givenUp() async throws {
        let clock = TestClock()
        let network = StuckNetwork(try SimulatedNetwork(clock: clock), server: Self.stuck)
        let harness = try Harness(network: network.network, clock: clock, driver: network) { $0.site.networkTimeout = .seconds(10) }
        try await harness.idle()
        let bad = try await harness.createSlow(try harness.order(server: Self.stuck))
        #expect(bad.status == .requested)
        var good: Set<SessionID> = []
        try await harness.advance(until: {
            if good.count < 400 {
                let order = try harness.order(1000 + good.count / 200, server: "198.51.100.\(good.count % 200)")
                let session = try await harness.engine.create(order, by: Fixture.client)
                #expect(session.status == .available)
                good.insert(session.id)
            }
            try await harness.advance(by: .milliseconds(900))
            return try await harness.engine.session(bad.id, of: Fixture.client).status == .unavailable
        })
        let ended = try await harness.engine.session(bad.id, of: Fixture.client)
        #expect(ended.statusInfo == .networkTerminated && ended.networkReason?.hasPrefix("The network ") == true)
        #expect((2...FailureLedger.attemptsUntilSetAside + 1).contains(network.stuckCount), "\(network.stuckCount)")
        #expect(harness.engine.reconciler.lanes[0].network.unreturnedCount >= network.stuckCount - 1)
        network.letGo()
        try await eventually { harness.engine.reconciler.lanes[0].network.unreturnedCount == 0 }
        try await harness.advance(until: { try await harness.held() == good })
        await harness.kill()
    }

    @Test("keeps the others of its group waiting for a time or two, not for ever")
    func group() async throws {
        let clock = TestClock()
        let (store, good) = try await Harness.killed(with: Self.stuck, clock: clock)

        let network = StuckNetwork(try SimulatedNetwork(clock: clock), server: Self.stuck)
        let second = try Harness(store: store, network: network.network, clock: clock, driver: network) { $0.site.networkTimeout = .seconds(10) }
        // The comparison itself waits for the call, so not every loop sleeps.
        func timePasses(until condition: () async throws -> Bool) async throws {
            try await eventually {
                clock.advance(by: .milliseconds(20))
                return try await condition()
            }
        }
        try await timePasses(until: { try await second.held() == good })
        #expect((1...8).contains(network.stuckCount), "once with the others, then alone: \(network.stuckCount)")
        try await timePasses(until: { await second.engine.isReady() })
        await second.kill()
    }

    @Test("so many that read traffic, which clients ask for, leave half of the places to programming")
    func traffic() async throws {
        let clock = TestClock()
        let stuck = StuckNetwork(try SimulatedNetwork(clock: clock), server: Self.stuck, sticksForTraffic: true)
        let network = TimedNetwork(stuck, limit: .seconds(1), clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let most = TimedNetwork.mostUnreturnedForTraffic
        let id = SessionID.make(at: clock.now)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<most { group.addTask { await isTimeout { _ = try await network.traffic(of: id) } == true } }
            try? await eventually { stuck.stuckCount == most }
            clock.advance(by: .seconds(2))
            network.giveUpOverdue()
            network.giveUpOverdue()
            #expect(await group.allSatisfy { $0 })
        }
        #expect(network.unreturnedCount == most)
        #expect(await isTimeout { _ = try await network.traffic(of: id) } == false)
        #expect(stuck.stuckCount == most, "a call was begun over the bound")
        #expect(try await network.held() == [])
        #expect(try await network.program([]) == [])
        stuck.letGo()
        try await eventually { network.unreturnedCount == 0 }
        #expect(try await network.traffic(of: id) == nil)
    }

    @Test("so many of them that nothing more is begun until some return")
    func bound() async throws {
        let clock = TestClock()
        let stuck = StuckNetwork(try SimulatedNetwork(clock: clock), server: Self.stuck, sticksWhenListing: true)
        let network = TimedNetwork(stuck, limit: .seconds(1), clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let returns = NIOLockedValueBox(0)
        network.onLateReturn { returns.withLockedValue { $0 += 1 } }
        let most = TimedNetwork.mostUnreturned
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<most { group.addTask { await isTimeout { _ = try await network.held() } == true } }
            try? await eventually { stuck.stuckCount == most }
            clock.advance(by: .seconds(9))
            network.giveUpOverdue()
            network.giveUpOverdue()
            #expect(network.unreturnedCount == 0, "listing has ten times as long")
            clock.advance(by: .seconds(1))
            network.giveUpOverdue()
            #expect(network.unreturnedCount == 0, "found late once only: the process may have stood still")
            network.giveUpOverdue()
            for await isTimeout in group { #expect(isTimeout) }
        }
        #expect(network.unreturnedCount == most)
        #expect(await isTimeout { try await network.release([SessionID.make(at: clock.now)]) } == false)
        stuck.letGo()
        try await eventually { network.unreturnedCount == 0 && returns.withLockedValue { $0 } == most }
        #expect(await isTimeout { _ = try await network.held() } == nil)
    }

    @Test("does not keep the engine from stopping")
    func stopping() async throws {
        let network = StuckNetwork(try SimulatedNetwork(), server: Self.stuck, sticksWhenListing: true)
        let engine = SessionEngine(
            store: try SQLiteStore.inMemory(), network: network, directory: SandboxDirectory(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await engine.run() }
        try await eventually { network.stuckCount == 1 }
        running.cancel()
        _ = await running.result
        network.letGo()
    }
}

/// Whether a call ends because its time is up; `nil` if the call works.
private func isTimeout(_ call: () async throws -> Void) async -> Bool? {
    do {
        try await call()
        return nil
    } catch {
        return (error as? NetworkError).map { $0.code == .unknownOutcome }
    }
}
