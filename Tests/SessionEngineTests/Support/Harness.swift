import Logging
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import SimulatedNetwork
import Testing

/// An engine over a real store and the simulated network, in a time that stands still until a test moves it.
final class Harness: Sendable {
    let clock: TestClock
    let store: any SessionStore
    let network: SimulatedNetwork
    let engine: SessionEngine
    private let running: Task<Void, any Error>
    /// The loops of an engine and a driver that sleep when there is nothing to do.
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

    /// The engine dies: nothing it has in memory survives, the store and the network do.
    func kill() async {
        running.cancel()
        _ = await running.result
    }

    deinit {
        running.cancel()
    }

    /// Runs a test with an engine that is up.
    static func with(
        configure: (inout EngineConfiguration) -> Void = { _ in }, _ body: (Harness) async throws -> Void
    ) async throws {
        let harness = try Harness(configure: configure)
        try await harness.idle()
        try await body(harness)
        await harness.kill()
    }

    /// Waits until every loop sleeps.
    func idle() async throws {
        try await eventually { self.clock.sleeperCount >= Self.loops }
    }

    /// Lets time pass in small steps, giving the loops time to do what each step asks for.
    func advance(by duration: Duration, step: Duration = .milliseconds(100)) async throws {
        var left = duration
        while left > .zero {
            try await idle()
            clock.advance(by: min(step, left))
            left -= step
        }
        try await idle()
    }

    /// Lets time pass until a condition holds; work that is under way in between takes real time, not this time.
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

    /// Creates a session whose device takes its time; time goes on only while somebody waits for it.
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

    /// Creates a session with time going on until it is answered; `nil` where it is refused.
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

    /// The statuses that the session's events tell, in order.
    func told(_ id: SessionID) async throws -> [String] {
        try await store.events(of: id).map { [$0.change.status.rawValue, $0.change.info?.rawValue].compactMap { $0 }.joined(separator: " ") }
    }

    /// The sessions that the network holds.
    func held() async throws -> Set<SessionID> {
        Set(try await network.held())
    }
}

/// The code of the error that a call ends in; `nil` where it works.
func refusal(_ call: () async throws -> Void) async -> EngineError.Code? {
    do {
        try await call()
        return nil
    } catch {
        return (error as? EngineError)?.code
    }
}
