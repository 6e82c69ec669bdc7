import QualityOnDemand
public import SessionEngine
public import Testing

/// The contract of every store's figures, as checks that each store must pass; see ``SessionStoreConformance``.
public enum StoreStatisticsConformance {
    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        let body: @Sendable (any SessionStore & DeliveryStore & StoreStatistics) async throws -> Void

        init(_ behaviour: String, _ body: @escaping @Sendable (any SessionStore & DeliveryStore & StoreStatistics) async throws -> Void) {
            self.testDescription = behaviour
            self.body = body
        }

        /// Runs the check over an empty store.
        public func run(_ store: any SessionStore & DeliveryStore & StoreStatistics) async throws {
            try await body(store)
        }
    }

    public static let checks: [Check] = [
        Check("an empty store has no sessions, and nothing pending") { store async throws in
            #expect(try await store.sessionCounts(after: nil, limit: 10) == SessionCounts(bySite: [:], last: nil))
            #expect(try await store.outbox(limit: 10) == OutboxFigures(pending: 0, oldest: nil))
        },
        Check("sessions are counted by status, page by page, each once") { store async throws in
            for device in 0..<23 {
                let session = Fixture.session(device: 1000 + device)
                _ = try await store.create(SessionCreation(session: session))
                if device < 11 { _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) } }
                if device < 4 { _ = try await store.change([session.id]) { $0.networkEnded(at: Fixture.time) } }
            }
            for size in [1, 7, 23, 24] {
                var counts: [QoSStatus: Int] = [:]
                var last: SessionID?
                repeat {
                    let page = try await store.sessionCounts(after: last, limit: size)
                    #expect(page.counts.values.reduce(0, +) <= size)
                    counts.merge(page.counts, uniquingKeysWith: +)
                    last = page.last
                } while last != nil
                #expect(counts == [.requested: 12, .available: 7, .unavailable: 4], "pages of \(size)")
            }
        },
        Check("pending events are counted up to the limit, with the time of the oldest; those that left are not") { store async throws in
            let quiet = Fixture.session(device: 1)
            _ = try await store.create(SessionCreation(session: quiet))
            _ = try await store.change([quiet.id]) { $0.networkBecameReady(at: Fixture.time.adding(seconds: -10)) }
            #expect(try await store.outbox(limit: 10).pending == 0, "without a sink there is nothing to deliver")
            _ = try await DeliveryStoreConformance.twoEvents("https://a.example/x", in: store)
            _ = try await DeliveryStoreConformance.twoEvents("https://b.example/x", device: 1001, in: store)
            #expect(try await store.outbox(limit: 10) == OutboxFigures(pending: 4, oldest: Fixture.time))
            #expect(try await store.outbox(limit: 3).pending == 3)
            let now = Fixture.time.adding(seconds: 100)
            for host in ["a.example:443", "b.example:443"] {
                let event = try await store.dueEvents([.init(host: host, limit: 1)], at: now)[0][0]
                let step: DeliveryResult.Step = host.hasPrefix("a") ? .delivered : .ended("gone")
                try await store.record(
                    [HostResults(name: host, results: [DeliveryResult(session: event.session, sequence: event.sequence, attempts: 1, step: step)])], at: now)
            }
            #expect(try await store.outbox(limit: 10) == OutboxFigures(pending: 1, oldest: Fixture.time.adding(seconds: 1)))
        },
    ]
}
