public import QualityOnDemand
import Southbound

/// A part of the background work. One server at a time works on a shard: the server that holds the shard's lease.
public enum Shard: Hashable, Sendable {
    /// The network of a site: to program, to release, and to compare its sessions.
    case site(SiteName)
    /// The delivery of events to the sinks of a bucket, a number in `0 ..<` ``outboxBuckets``.
    case outbox(Int)
    /// The removal of old events and idempotency keys.
    case housekeeping

    /// The number of buckets. All servers must use the same number.
    public static let outboxBuckets = 32

    /// The bucket of a sink's host.
    public static func bucket(ofHost host: String) -> Int {
        var hash = StableHash()
        hash.add(host)
        return Int(hash.value % UInt64(outboxBuckets))
    }

    /// The server that should work on the shard (rendezvous hashing). If a server comes or goes, only its own shards
    /// change their server.
    ///
    /// - Parameter servers: the servers that live now; not empty.
    public func preferred(among servers: [ServerID]) -> ServerID? {
        servers.max { weight($0) < weight($1) }
    }

    private func weight(_ server: ServerID) -> UInt64 {
        var hash = StableHash()
        hash.add(description)
        hash.add(server.description)
        return hash.value
    }
}

extension Shard: CustomStringConvertible {
    /// The name in a store: `site/north`, `outbox/7` or `housekeeping`.
    public var description: String {
        switch self {
        case .site(let name): "site/\(name)"
        case .outbox(let bucket): "outbox/\(bucket)"
        case .housekeeping: "housekeeping"
        }
    }
}

/// The identity of a server among those that share a store; new at each start of a process.
public struct ServerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    /// A random id.
    public static func make() -> ServerID {
        var random = KernelRandom()
        return ServerID(String(random.next(), radix: 16))
    }

    public static func < (a: ServerID, b: ServerID) -> Bool { a.description < b.description }
}

/// The proof that a write is made under a lease. The store refuses the write if the lease was given back, or if the shard
/// has had another lease since.
public struct Fence: Hashable, Sendable {
    public let shard: Shard
    /// The number of the lease: each lease of a shard has a higher number than the one before.
    public let epoch: Int64

    public init(shard: Shard, epoch: Int64) {
        self.shard = shard
        self.epoch = epoch
    }
}
