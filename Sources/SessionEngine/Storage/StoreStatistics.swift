public import QualityOnDemand

/// Figures of a store for its operator.
///
/// The contract that every store must keep, and that `StoreStatisticsConformance` tests: no call reads more than its
/// limit, however much is stored. So the counting of a large store does not block other readers.
public protocol StoreStatistics: Sendable {
    /// The number of sessions and assignments per site and status in a page, in the order of their ids: the ones after `id`,
    /// or the first ones.
    func sessionCounts(after id: SessionID?, limit: Int) async throws(StoreError) -> SessionCounts

    /// The pending events of the outbox; counted up to `limit`.
    func outbox(limit: Int) async throws(StoreError) -> OutboxFigures

    /// The store's bounded resources, such as readers.
    var resources: [StoreResource] { get }
}

extension StoreStatistics {
    /// For stores without bounded resources.
    public var resources: [StoreResource] { [] }
}

/// A bounded resource of a store.
public struct StoreResource: Sendable {
    /// The name in metrics, such as `store_readers`.
    public let name: String
    /// The bound.
    public let limit: Int
    /// Reads the current use.
    public let reading: @Sendable () -> ResourceUse

    public init(_ name: String, limit: Int, reading: @escaping @Sendable () -> ResourceUse) {
        self.name = name
        self.limit = limit
        self.reading = reading
    }
}

/// How much of a resource is in use.
public struct ResourceUse: Hashable, Sendable {
    public var used: Int
    /// How often the resource was refused since the start.
    public var refused: Int

    public init(used: Int, refused: Int) {
        self.used = used
        self.refused = refused
    }
}

/// The number of sessions per site and status in a page.
public struct SessionCounts: Hashable, Sendable {
    public var bySite: [SiteName: [QoSStatus: Int]]
    /// The page's last session; `nil` if there are no sessions after it.
    public var last: SessionID?

    public init(bySite: [SiteName: [QoSStatus: Int]], last: SessionID?) {
        self.bySite = bySite
        self.last = last
    }

    /// The number of sessions per status, of all sites.
    public var counts: [QoSStatus: Int] {
        bySite.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
}

/// The number and age of the events that wait in the outbox.
public struct OutboxFigures: Hashable, Sendable {
    public var pending: Int
    /// The time of the oldest pending event; `nil` if no event is pending.
    public var oldest: Timestamp?

    public init(pending: Int, oldest: Timestamp?) {
        self.pending = pending
        self.oldest = oldest
    }
}
