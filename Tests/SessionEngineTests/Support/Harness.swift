import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

/// An engine over a real store and the simulated network, on a clock that only the test moves.
final class Harness: Sendable {
    let clock: TestClock
    let store: any SessionStore
    let network: SimulatedNetwork
    let engine: SessionEngine
    private let running: Task<Void, any Error>
    /// The number of loops of an engine and a driver that sleep while there is no work.
    private static let loops = 6

    init(
        store: (any SessionStore)? = nil, network: SimulatedNetwork? = nil, directory: any DeviceDirectory = SandboxDirectory(),
        clock: TestClock = TestClock(), driver: (any NetworkDriver)? = nil,
        configure: (inout EngineConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = EngineConfiguration()
        configure(&configuration)
        self.clock = clock
        self.store = try store ?? SQLiteStore.inMemory()
        self.network = try network ?? SimulatedNetwork(clock: clock)
        let engine = SessionEngine(
            store: self.store, network: driver ?? self.network, directory: directory, configuration: configuration, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.engine = engine
        running = Task { try await engine.run() }
    }

    /// Kills the engine: its memory is lost, and the store and the network survive.
    func kill() async {
        running.cancel()
        _ = await running.result
    }

    deinit {
        running.cancel()
    }

    /// Runs a test with an engine that is ready.
    static func with(
        configure: (inout EngineConfiguration) -> Void = { _ in }, _ body: (Harness) async throws -> Void
    ) async throws {
        let harness = try Harness(configure: configure)
        try await harness.idle()
        try await body(harness)
        await harness.kill()
    }

    /// A store with 150 sessions and one session to `server`, last, whose engine was killed.
    ///
    /// - Returns: the store, and the 150 sessions.
    static func killed(with server: String, clock: TestClock) async throws -> (store: any SessionStore, others: Set<SessionID>) {
        let harness = try Harness(clock: clock)
        try await harness.idle()
        var others: Set<SessionID> = []
        for index in 0..<150 {
            others.insert(try await harness.engine.create(try harness.order(server: "198.51.100.\(index)"), by: Fixture.client).id)
        }
        _ = try await harness.engine.create(try harness.order(server: server), by: Fixture.client)
        await harness.kill()
        return (harness.store, others)
    }

    /// Waits until every loop sleeps.
    func idle() async throws {
        try await eventually { self.clock.sleeperCount >= Self.loops }
    }

    /// Moves the clock forward in small steps; the loops have time to do the work of each step.
    func advance(by duration: Duration, step: Duration = .milliseconds(100)) async throws {
        var left = duration
        while left > .zero {
            try await idle()
            clock.advance(by: min(step, left))
            left -= step
        }
        try await idle()
    }

    /// Moves the clock forward until a condition holds. Work between the steps takes real
    /// time, but no time on this clock.
    func advance(until condition: () async throws -> Bool) async throws {
        try await eventually {
            if try await condition() { return true }
            try await self.advance(by: .milliseconds(100))
            return false
        }
    }

    func order(
        _ device: Int = 1000, server: String = "198.51.100.7", profile: String = "QOS_L", duration: Int = 3600, key: String? = nil
    ) throws -> SessionOrder {
        SessionOrder(
            device: try Device(phoneNumber: PhoneNumber("+9999999\(device)")), flow: Fixture.flow(server), profile: try QoSProfileName(profile),
            duration: duration, notification: NotificationTarget(sink: "https://example.com/"),
            idempotency: key.map { (key: $0, digest: Array("\(device) \(server)".utf8)) })
    }

    /// Creates a session of a slow device; the clock moves only while a call of the creation waits.
    func createSlow(_ order: SessionOrder, by client: ClientID = Fixture.client) async throws -> Session {
        try await idle()
        let isAnswered = NIOLockedValueBox(false)
        async let created = {
            defer { isAnswered.withLockedValue { $0 = true } }
            return try await engine.create(order, by: client)
        }()
        try await eventually {
            if isAnswered.withLockedValue({ $0 }) { return true }
            if self.clock.sleeperCount > Self.loops { self.clock.advance(by: .milliseconds(50)) }
            return false
        }
        return try await created
    }

    /// Creates a session while the clock moves, until there is an answer; `nil` if the engine refuses the session.
    func createWhileTimePasses(_ order: SessionOrder) async throws -> Session? {
        let answer = NIOLockedValueBox<Session??>(nil)
        let creation = Task { [engine] in
            let session = try? await engine.create(order, by: Fixture.client)
            answer.withLockedValue { $0 = .some(session) }
        }
        try await advance(until: { answer.withLockedValue { $0 != nil } })
        await creation.value
        return answer.withLockedValue { $0 ?? nil }
    }

    /// The statuses in the session's events, in order.
    func told(_ id: SessionID) async throws -> [String] {
        try await store.events(of: id).map { [$0.change.status.rawValue, $0.change.info?.rawValue].compactMap { $0 }.joined(separator: " ") }
    }

    /// The sessions that the network holds.
    func held() async throws -> Set<SessionID> {
        Set(try await network.held())
    }
}

/// The code of a call's error; `nil` if the call succeeds.
func refusal(_ call: () async throws -> Void) async -> EngineError.Code? {
    do {
        try await call()
        return nil
    } catch {
        return (error as? EngineError)?.code
    }
}
