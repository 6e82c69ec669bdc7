import Logging
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine

/// A courier over a real store, with a sink that the test controls.
final class CourierHarness: Sendable {
    let clock: TestClock
    let store: SQLiteStore
    let sink: ScriptedSink
    let courier: Courier
    private let running: Task<Void, any Error>

    init(
        store: SQLiteStore? = nil, clock: TestClock = TestClock(now: Fixture.time), configuration: DeliveryConfiguration = DeliveryConfiguration(),
        _ script: @escaping @Sendable (SessionEvent, Int) -> DeliveryOutcome = { _, _ in .delivered }
    ) throws {
        self.clock = clock
        self.store = try store ?? SQLiteStore.inMemory()
        sink = ScriptedSink(clock: clock, script)
        let courier = Courier(
            store: self.store, sink: sink, configuration: configuration, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.courier = courier
        running = Task { try await courier.run() }
    }

    deinit {
        running.cancel()
    }

    func stop() async {
        running.cancel()
        _ = await running.result
    }

    /// Stores a session with its events: available and, if `deleted` is set, the deletion.
    @discardableResult
    func session(_ sink: String, device: Int = 1000, tokenSeconds: Int = 864_000, deleted: Bool = true) async throws -> SessionID {
        let session = Session.requested(
            id: .make(at: clock.now), by: Fixture.client, for: Fixture.subject(device), flow: Fixture.flow(), profile: Fixture.profile().name,
            duration: 3600,
            notification: NotificationTarget(sink: sink, credential: .accessToken("secret", expiresAt: clock.now.adding(seconds: tokenSeconds))),
            at: clock.now)
        _ = try await store.create(SessionCreation(session: session, allowsOverlap: true))
        let now = clock.now
        _ = try await store.change([session.id]) { $0.networkBecameReady(at: now) }
        if deleted { _ = try await store.change([session.id]) { $0.deleted(at: now) } }
        return session.id
    }

    func states(_ id: SessionID) async throws -> [Delivery.State] {
        try await store.events(of: id).map(\.delivery.state)
    }

    /// Waits for a condition while the clock stands still.
    func until(_ condition: () async throws -> Bool) async throws {
        try await eventually(condition)
    }

    /// Moves the clock forward in steps until a condition holds; between steps the courier has time to work.
    func advance(step: Duration = .milliseconds(100), until condition: () async throws -> Bool) async throws {
        try await eventually {
            if try await condition() { return true }
            self.clock.advance(by: step)
            for _ in 0..<20 { await Task.yield() }
            try await pause(for: .microseconds(500))
            return try await condition()
        }
    }
}

extension DeliveryConfiguration {
    static func with(_ change: (inout DeliveryConfiguration) -> Void) -> DeliveryConfiguration {
        var configuration = DeliveryConfiguration()
        change(&configuration)
        return configuration
    }
}
