import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Holds the leases of this server: renews them every second, takes over the shards that this server should have, and gives
/// back the ones that another server should have.
///
/// A store that is not shared has no leases: its one server holds every shard.
public final class LeaseKeeper: Sendable {
    private struct Tenure {
        let fence: Fence
        /// Until then the lease is certainly valid, by this server's monotonic clock.
        var end: Duration
        /// Whether another server should have the shard. Work that is under way may finish; no work begins.
        var isEnding = false
    }

    private struct State {
        var tenures: [Shard: Tenure] = [:]
        var servers: [ServerID] = []
        var begun: [Shard: @Sendable () -> Void] = [:]
    }

    public let server: ServerID
    /// Whether the store is shared. Otherwise this server holds every shard.
    public let isShared: Bool
    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let shards: Set<Shard>
    private let clock: any EngineClock
    private let time: StoreClock?
    private let logger: Logger
    private let bell = WakeUp()

    /// How long a lease lasts, and how often it is renewed.
    static let length = Duration.seconds(3), interval = Duration.seconds(1)
    /// A server stops its work a while before its lease ends, because clocks run at slightly different speeds.
    private static let margin = Duration.milliseconds(300)

    init(
        store: any SessionStore, sites: [SiteName], server: ServerID, clock: any EngineClock, time: StoreClock?, logger: Logger
    ) {
        self.store = store
        self.server = server
        self.clock = clock
        self.time = time
        self.logger = logger
        isShared = store.isShared
        shards = Set(sites.map(Shard.site) + (0..<Shard.outboxBuckets).map(Shard.outbox) + [.housekeeping])
    }

    /// Whether this server may begin work on a shard.
    public func holds(_ shard: Shard) -> Bool {
        guard isShared else { return true }
        let now = clock.uptime
        return state.withLockedValue { state in
            state.tenures[shard].map { !$0.isEnding && now < $0.end } ?? false
        }
    }

    /// The fence for a write of work on a shard; `nil` if the store is not shared.
    ///
    /// - Throws: ``StoreError/Code/fenced`` if this server does not hold the shard.
    func fence(of shard: Shard) throws(StoreError) -> Fence? {
        guard isShared else { return nil }
        let now = clock.uptime
        let tenure = state.withLockedValue { $0.tenures[shard] }
        guard let tenure, now < tenure.end else { throw StoreError(.fenced, "this server does not hold the lease of \(shard)") }
        return tenure.fence
    }

    /// The buckets of the outbox that this server holds; `nil` for all.
    var buckets: Set<Int>? {
        isShared ? Set((0..<Shard.outboxBuckets).filter { holds(.outbox($0)) }) : nil
    }

    /// Notes that the store refused a write under a fence.
    func isLost(_ fence: Fence?) {
        guard let fence else { return }
        state.withLockedValue { state in
            if state.tenures[fence.shard]?.fence == fence { state.tenures[fence.shard] = nil }
        }
        bell()
    }

    /// Whether another server lives, as far as is known.
    var hasOthers: Bool { state.withLockedValue { $0.servers.count > 1 } }

    /// Sets a function that is called at the begin of each lease of a shard.
    func onBegin(of shard: Shard, _ call: @escaping @Sendable () -> Void) {
        state.withLockedValue { $0.begun[shard] = call }
    }

    /// Renews before the usual time: another server gave back leases.
    func hurry() { bell() }

    /// Works until cancelled. Does nothing if the store is not shared.
    func run() async throws {
        guard isShared else { return }
        while true {
            let begin = clock.uptime
            do { try await renew() } catch {
                logger.warning("The leases could not be renewed; trying again", metadata: ["error": "\(error)"])
            }
            await bell.wait(upTo: max(Self.interval - (clock.uptime - begin), .milliseconds(50)), clock: clock)
            try Task.checkCancellation()
        }
    }

    /// Gives back all leases, after the work on all shards has ended.
    func leave() async {
        guard isShared else { return }
        state.withLockedValue { $0.tenures = [:] }
        do { try await store.leave(server) } catch {
            logger.warning("The leases could not be given back; they end by themselves", metadata: ["error": "\(error)"])
        }
    }

    private func renew() async throws(StoreError) {
        let begin = clock.uptime
        let claim = LeaseClaim(server: server, shards: wanted(), length: Self.length)
        let term = try await store.renew(claim)
        time?.set(term.now, at: clock.uptime)
        let end = begin + Self.length - Self.margin
        let (begun, lost) = state.withLockedValue { state -> ([@Sendable () -> Void], [Shard]) in
            var tenures: [Shard: Tenure] = [:]
            var begun: [@Sendable () -> Void] = []
            for fence in term.fences {
                if var known = state.tenures[fence.shard], known.fence == fence {
                    known.end = end
                    tenures[fence.shard] = known
                } else {
                    tenures[fence.shard] = Tenure(fence: fence, end: end)
                    if let call = state.begun[fence.shard] { begun.append(call) }
                }
                if fence.shard.preferred(among: term.servers) != server { tenures[fence.shard]?.isEnding = true }
            }
            let lost = state.tenures.keys.filter { tenures[$0] == nil }
            state.tenures = tenures
            state.servers = term.servers
            return (begun, lost)
        }
        if !begun.isEmpty || !lost.isEmpty {
            logger.info("The shards of this server have changed", metadata: [
                "server": "\(server)", "held": "\(term.fences.count)", "lost": "\(lost.count)", "servers": "\(term.servers.count)",
            ])
        }
        for call in begun { call() }
    }

    /// The shards that this server should have among the servers of the last renewal, and held ones for which that was not
    /// known to be otherwise at the last renewal: their work has one interval to finish.
    private func wanted() -> Set<Shard> {
        state.withLockedValue { state in
            let servers = state.servers.contains(server) ? state.servers : state.servers + [server]
            return shards.filter { shard in
                if let tenure = state.tenures[shard] { return !tenure.isEnding }
                return shard.preferred(among: servers) == server
            }
        }
    }
}
