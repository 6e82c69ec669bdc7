import NIOConcurrencyHelpers
public import QualityOnDemand
public import SessionEngine

/// The outbox.
extension SQLiteStore: DeliveryStore {
    public func onNewEvents(_ wake: @escaping @Sendable () -> Void) {
        onEvents.withLockedValue { $0 = wake }
    }

    public func dueHosts(
        at now: Timestamp, in buckets: Set<Int>?, limit: Int
    ) async throws(StoreError) -> (hosts: [DueHost], next: Timestamp?) {
        try await reader.run { database in
            (
                try DeliveryTable.dueHosts(at: now, in: buckets, limit: limit, database),
                try DeliveryTable.nextDue(after: now, in: database)
            )
        }
    }

    public func dueEvents(_ wanted: [DueHost.Request], at now: Timestamp) async throws(StoreError) -> [[SessionEvent]] {
        try await reader.run { [unreadableEvents] database in
            try wanted.map { host in
                try DeliveryTable.dueEvents(to: host.host, at: now, limit: host.limit, noting: unreadableEvents, in: database)
            }
        }
    }

    public func record(_ results: [HostResults], at now: Timestamp, under fences: [Fence]) async throws(StoreError) {
        try await writer.run { [leases] database in
            for fence in fences { try leases?.check(fence) }
            for host in results {
                for result in host.results { try DeliveryTable.record(result, at: now, in: database) }
                try DeliveryTable.settle(host, at: now, in: database)
            }
        }
    }
}

extension SessionChange {
    /// Whether the change added an event with a sink to the outbox.
    var hasEventForSink: Bool { session.notification != nil && eventCount > 0 }

    /// How many events the change added.
    var eventCount: Int {
        actions.reduce(0) { count, action in if case .notify = action { count + 1 } else { count } }
    }
}
