public import QualityOnDemand

/// Figures of a store for whoever operates it.
///
/// The contract that every store must keep, and that `StoreStatisticsConformance` tests: no call reads more than it was
/// asked for, however much is stored, so that counting a large store does not keep others from reading.
public protocol StoreStatistics: Sendable {
    /// How many sessions and assignments of a page, in the order of their ids, have which status: those after `id`, or the first.
    func sessionCounts(after id: SessionID?, limit: Int) async throws(StoreError) -> SessionCounts

    /// What is pending in the outbox; counted up to `limit`.
    func outbox(limit: Int) async throws(StoreError) -> OutboxFigures

    /// What the store has of what it has only so much of, such as readers.
    var resources: [StoreResource] { get }
}

extension StoreStatistics {
    /// Nothing that is bounded.
    public var resources: [StoreResource] { [] }
}

/// Something of which a store has only so much.
public struct StoreResource: Sendable {
    /// In the words of metrics, such as `store_readers`.
    public let name: String
    /// The bound.
    public let limit: Int
    /// Reads what is in use now.
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
    /// How often somebody was refused since the start.
    public var refused: Int

    public init(used: Int, refused: Int) {
        self.used = used
        self.refused = refused
    }
}

/// How many sessions of a page have which status.
public struct SessionCounts: Hashable, Sendable {
    public var counts: [QoSStatus: Int]
    /// The page's last session; `nil` where there are none after it.
    public var last: SessionID?

    public init(counts: [QoSStatus: Int], last: SessionID?) {
        self.counts = counts
        self.last = last
    }
}

/// How much waits in the outbox.
public struct OutboxFigures: Hashable, Sendable {
    public var pending: Int
    /// When the event happened that has been pending for longest; `nil` where none is.
    public var oldest: Timestamp?

    public init(pending: Int, oldest: Timestamp?) {
        self.pending = pending
        self.oldest = oldest
    }
}
