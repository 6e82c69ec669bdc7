import NIOConcurrencyHelpers
import QualityOnDemand
public import SessionEngine

/// The leases among the engines of this process. They need no place in the file, because a file belongs to one process at
/// a time.
final class Leases: Sendable {
    private struct Lease {
        var epoch: Int64
        /// `nil` after the lease was given back.
        var holder: ServerID?
        var end: Timestamp
    }

    private struct State {
        var leases: [Shard: Lease] = [:]
        /// The time at which a server that does not renew is forgotten.
        var servers: [ServerID: Timestamp] = [:]
    }

    private let state = NIOLockedValueBox(State())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    func renew(_ claim: LeaseClaim) -> LeaseTerm {
        let now = now()
        let end = now.adding(milliseconds: Int64(claim.length / .milliseconds(1)))
        return state.withLockedValue { state in
            state.servers = state.servers.filter { $0.value > now }
            state.servers[claim.server] = end
            for (shard, lease) in state.leases where lease.holder == claim.server && !claim.shards.contains(shard) {
                state.leases[shard]?.holder = nil
            }
            var fences: [Fence] = []
            for shard in claim.shards {
                var lease = state.leases[shard] ?? Lease(epoch: 0, holder: nil, end: now)
                if lease.holder != claim.server {
                    guard lease.holder == nil || lease.end <= now else { continue }
                    lease.epoch += 1
                    lease.holder = claim.server
                }
                lease.end = end
                state.leases[shard] = lease
                fences.append(Fence(shard: shard, epoch: lease.epoch))
            }
            return LeaseTerm(now: now, fences: fences, servers: state.servers.keys.sorted())
        }
    }

    func leave(_ server: ServerID) {
        state.withLockedValue { state in
            for (shard, lease) in state.leases where lease.holder == server { state.leases[shard]?.holder = nil }
            state.servers[server] = nil
        }
    }

    /// - Throws: ``StoreError`` with the code `fenced` if the fence's lease was given back or followed by another one.
    func check(_ fence: Fence) throws {
        let isValid = state.withLockedValue { state in
            state.leases[fence.shard].map { $0.epoch == fence.epoch && $0.holder != nil } ?? false
        }
        guard isValid else { throw StoreError(.fenced, "the lease \(fence.epoch) of \(fence.shard) has ended") }
    }
}

extension SQLiteStore {
    public var isShared: Bool { leases != nil }

    public func renew(_ claim: LeaseClaim) async throws(StoreError) -> LeaseTerm {
        guard let leases else { throw StoreError(.failed, "this store is not shared, so it has no leases") }
        // In line with the writes, so that a write whose fence was checked is stored before the next lease begins.
        return try await writer.run { _ in leases.renew(claim) }
    }

    public func leave(_ server: ServerID) async throws(StoreError) {
        guard let leases else { return }
        try await writer.run { _ in leases.leave(server) }
    }
}
