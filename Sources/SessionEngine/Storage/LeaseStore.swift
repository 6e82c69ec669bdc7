public import QualityOnDemand

/// Keeps the leases of shards, and the store's own time.
///
/// The contract that every shared store must keep, and that `LeaseStoreConformance` tests:
///
/// - At any moment, at most one server holds the lease of a shard.
/// - Each lease of a shard has a higher epoch than every lease of the shard before. A renewal keeps the epoch.
/// - A write with the fence of a lease that was given back, or after which the shard had another lease, throws
///   ``StoreError/Code/fenced`` and changes nothing. The check and the write are one transaction.
/// - A lease that is not renewed ends after its length, by the store's time.
public protocol LeaseStore: Sendable {
    /// Whether several servers may use the store at the same time. The one server of another store holds all shards,
    /// without leases.
    var isShared: Bool { get }

    /// Notes that a server lives, renews its leases of the shards in `claim`, gives back its other leases, and takes
    /// over the shards in `claim` that nobody holds.
    func renew(_ claim: LeaseClaim) async throws(StoreError) -> LeaseTerm

    /// Gives back all leases of a server at once, and forgets the server.
    func leave(_ server: ServerID) async throws(StoreError)
}

/// The shards that a server wants to hold.
public struct LeaseClaim: Hashable, Sendable {
    public let server: ServerID
    public let shards: Set<Shard>
    /// How long the leases last if they are not renewed.
    public let length: Duration

    public init(server: ServerID, shards: Set<Shard>, length: Duration) {
        self.server = server
        self.shards = shards
        self.length = length
    }
}

/// The leases of a server after a renewal.
public struct LeaseTerm: Hashable, Sendable {
    /// The store's time.
    public let now: Timestamp
    /// The leases that the server holds now.
    public let fences: [Fence]
    /// The servers that live, the caller included, in the order of their ids.
    public let servers: [ServerID]

    public init(now: Timestamp, fences: [Fence], servers: [ServerID]) {
        self.now = now
        self.fences = fences
        self.servers = servers
    }
}

/// For stores that only one server can use.
extension LeaseStore {
    public var isShared: Bool { false }

    public func renew(_ claim: LeaseClaim) async throws(StoreError) -> LeaseTerm {
        throw StoreError(.failed, "the store is not shared, so it has no leases")
    }

    public func leave(_ server: ServerID) async throws(StoreError) {}
}

/// A message of a shared store to its servers. A message may be lost, so a server that waits for one also asks the store
/// from time to time.
public enum StoreHint: Hashable, Sendable {
    /// Another server has stored or changed these sessions.
    case sessions([SessionID])
    /// Another server has given back leases.
    case leases
}
