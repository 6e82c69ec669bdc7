import NIOConcurrencyHelpers
import QualityOnDemand
public import SessionEngine
public import Testing

/// The contract of every outbox, as checks that each store must pass; see ``SessionStoreConformance``.
public enum DeliveryStoreConformance {
    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        let body: @Sendable (any SessionStore & DeliveryStore) async throws -> Void

        init(_ behaviour: String, _ body: @escaping @Sendable (any SessionStore & DeliveryStore) async throws -> Void) {
            self.testDescription = behaviour
            self.body = body
        }

        /// Runs the check over an empty store.
        public func run(_ store: any SessionStore & DeliveryStore) async throws {
            try await body(store)
        }
    }

    private static let later = Fixture.time.adding(seconds: 100)

    /// Stores a session that became available and was deleted: two events.
    static func twoEvents(_ sink: String, device: Int = 1000, in store: any SessionStore) async throws -> SessionID {
        let session = Fixture.session(device: device, sink: sink)
        _ = try await store.create(SessionCreation(session: session))
        _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
        _ = try await store.change([session.id]) { $0.deleted(at: Fixture.time.adding(seconds: 1)) }
        return session.id
    }

    private static func due(_ store: any DeliveryStore, _ host: String = "a.example:443", at now: Timestamp = later, limit: Int = 100) async throws -> [SessionEvent] {
        try await store.dueEvents([.init(host: host, limit: limit)], at: now)[0]
    }

    private static func record(_ step: DeliveryResult.Step, _ event: SessionEvent, in store: any DeliveryStore, pausedUntil: Timestamp? = nil) async throws {
        let result = DeliveryResult(session: event.session, sequence: event.sequence, attempts: event.delivery.attempts + 1, step: step)
        try await store.record(
            [HostResults(name: event.target?.host ?? "", results: [result], failures: pausedUntil == nil ? 0 : 3, pausedUntil: pausedUntil)], at: later)
    }

    public static let checks: [Check] = [
        Check("only the first event of a session is due, and the next when it was delivered") { store async throws in
            let id = try await twoEvents("https://a.example/x", in: store)
            let first = try await due(store)
            #expect(first.map(\.change.status) == [.available])
            #expect(first.first?.dialect == .v1 && first.first?.owner == Fixture.client)
            try await record(.delivered, first[0], in: store)
            let second = try await due(store)
            #expect(second.map(\.change.status) == [.unavailable])
            try await record(.delivered, second[0], in: store)
            #expect(try await due(store).isEmpty)
            #expect(try await store.dueHosts(at: later, limit: 10).hosts.isEmpty)
            let told = try await store.events(of: id)
            #expect(told.map(\.delivery) == [Delivery](repeating: Delivery(state: .delivered, attempts: 1, lastOutcome: "delivered"), count: 2))
        },
        Check("an event that failed is due at the time that was set, and keeps its place and its id") { store async throws in
            _ = try await twoEvents("https://a.example/x", in: store)
            let first = try await due(store)[0]
            let again = later.adding(seconds: 5)
            try await record(.retry(at: again, "status-503"), first, in: store)
            #expect(try await due(store).isEmpty)
            let (hosts, next) = try await store.dueHosts(at: later, limit: 10)
            #expect(hosts.isEmpty && next == again)
            let back = try await due(store, at: again)
            #expect(back.map(\.id) == [first.id])
            #expect(back.first?.delivery == Delivery(state: .pending, attempts: 1, lastOutcome: "status-503", nextAttempt: again))
        },
        Check("an event that is given up lets the next one go; one that ends the sink takes all with it, also later ones") { store async throws in
            _ = try await twoEvents("https://a.example/x", in: store)
            try await record(.stopped("status-404"), try await due(store)[0], in: store)
            #expect(try await due(store).map(\.change.status) == [.unavailable])

            let session = Fixture.session(device: 1001, sink: "https://b.example/")
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            try await record(.ended("gone"), try await due(store, "b.example:443")[0], in: store)
            _ = try await store.change([session.id]) { $0.deleted(at: Fixture.time) }
            #expect(try await due(store, "b.example:443").isEmpty)
            #expect(try await store.events(of: session.id).map(\.delivery.state) == [.stopped, .stopped])
            #expect(try await store.events(of: session.id).map(\.delivery.lastOutcome) == ["gone", "gone"])
        },
        Check("a paused host is not looked at for new events, others are") { store async throws in
            _ = try await twoEvents("https://a.example/x", in: store)
            let pause = later.adding(seconds: 50)
            try await record(.retry(at: later, "unreachable"), try await due(store)[0], in: store, pausedUntil: pause)
            _ = try await twoEvents("https://a.example/y", device: 1001, in: store)
            _ = try await twoEvents("http://b.example/", device: 1002, in: store)
            let (hosts, next) = try await store.dueHosts(at: later, limit: 10)
            #expect(hosts == [DueHost(name: "b.example:80", failures: 0)] && next == pause)
            #expect(try await store.dueHosts(at: pause, limit: 10).hosts.contains(DueHost(name: "a.example:443", failures: 3)))
        },
        Check("no more is read than was asked for, those due first in front") { store async throws in
            for device in 0..<20 { _ = try await twoEvents("https://a.example/\(device)", device: 1000 + device, in: store) }
            #expect(try await due(store, limit: 7).count == 7)
            #expect(try await due(store, limit: 100).count == 20)
        },
        Check("whoever waits is woken after an event with a sink was stored, and not for others") { store async throws in
            let calls = Calls()
            store.onNewEvents { calls.count() }
            let silent = Fixture.session(device: 1003)
            _ = try await store.create(SessionCreation(session: silent))
            _ = try await store.change([silent.id]) { $0.networkBecameReady(at: Fixture.time) }
            #expect(calls.number == 0)
            _ = try await twoEvents("https://a.example/x", in: store)
            #expect(calls.number == 2)
        },
        Check("a credential to get tokens with is kept with the event") { store async throws in
            let credential = SinkCredential.privateKeyJWT(clientID: "a b", tokenURI: "https://as.example/token")
            let session = Session.requested(
                id: .make(at: Fixture.time), by: Fixture.client, for: Fixture.subject(), flow: Fixture.flow(), profile: Fixture.profile().name,
                duration: 60, notification: NotificationTarget(sink: "https://a.example/", credential: credential), dialect: .v0, at: Fixture.time)
            _ = try await store.create(SessionCreation(session: session))
            #expect(try await store.session(session.id) == session)
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            let event = try await due(store)[0]
            #expect(event.target?.credential == credential && event.dialect == .v0)
        },
    ]
}

/// Counts calls.
private final class Calls: Sendable {
    private let calls = NIOLockedValueBox(0)

    var number: Int { calls.withLockedValue { $0 } }

    func count() {
        calls.withLockedValue { $0 += 1 }
    }
}
