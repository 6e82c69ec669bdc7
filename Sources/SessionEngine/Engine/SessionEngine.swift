public import Logging
public import QualityOnDemand
public import Southbound
public import ServiceLifecycle

/// The shell around the life cycle: takes orders, stores sessions, makes the network follow, and keeps deadlines.
///
/// The operations for clients are in `SessionEngine+Clients.swift`. `Reconciler` makes the network follow, and
/// `DeadlineKeeper` keeps deadlines. All important state is in the store: an engine may be killed at any moment, and
/// the next engine over the same store continues.
public final class SessionEngine: Service {
    public let configuration: EngineConfiguration
    let store: any SessionStore
    let sites: Sites
    let clock: any EngineClock
    let intake: Intake
    let reconciler: Reconciler
    let deadlines: DeadlineKeeper
    /// The shards of this server; the courier of this server needs them too.
    public let leases: LeaseKeeper
    let hints: HintFollower
    let logger: Logger

    /// - Parameters:
    ///   - sites: with different names, in the order in which they are asked for a device.
    ///   - server: the identity of this server among those that share the store.
    public init(
        store: any SessionStore, sites: [EngineSite], configuration: EngineConfiguration = EngineConfiguration(),
        server: ServerID = .make(), clock machineClock: any EngineClock = SystemClock(), logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        let sites = Sites(sites)
        self.sites = sites
        let time = store.isShared ? StoreClock(machineClock) : nil
        let clock = time ?? machineClock
        self.clock = clock
        self.logger = logger
        let leases = LeaseKeeper(store: store, sites: sites.all.map(\.name), server: server, clock: clock, time: time, logger: logger)
        self.leases = leases
        let deadlines = DeadlineKeeper(store: store, configuration: configuration, clock: clock, logger: logger)
        self.deadlines = deadlines
        self.reconciler = Reconciler(
            store: store, sites: sites, deadlines: deadlines, leases: leases, configuration: configuration, clock: clock, logger: logger)
        self.intake = Intake(store: store, reconciler: reconciler, capacity: configuration.workCapacity)
        self.hints = HintFollower(store: store, reconciler: reconciler, capacity: configuration.workCapacity, logger: logger)
    }

    /// An engine with one site, ``SiteName/default``.
    public convenience init(
        store: any SessionStore, network: any NetworkDriver, directory: any DeviceDirectory,
        profiles: ProfileCatalogue = ProfileCatalogue(), configuration: EngineConfiguration = EngineConfiguration(),
        clock: any EngineClock = SystemClock(), logger: Logger
    ) {
        let site = EngineSite(network: network, directory: directory, profiles: profiles, settings: configuration.site)
        self.init(store: store, sites: [site], configuration: configuration, clock: clock, logger: logger)
    }

    deinit {
        reconciler.disband()
    }

    /// The wall time by which sessions live.
    public var now: Timestamp { clock.now }

    /// Works until cancelled or asked to shut down.
    public func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                self.followOtherServers()
                group.addTask { try await self.leases.run() }
                for lane in self.reconciler.lanes { group.addTask { try await lane.run() } }
                group.addTask { try await self.runDeadlines() }
                group.addTask { try await self.runForgetting() }
                group.addTask { try await self.runStoreChecks() }
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            await reconciler.finishErasing()
            await leases.leave()
        }
    }

    private func runDeadlines() async throws {
        if leases.isShared {
            try await deadlines.runShared { now async throws(StoreError) in try await self.reconciler.changeDue(at: now) }
        } else {
            try await deadlines.run { await self.reconciler.deadlinesPassed($0, at: $1) }
        }
    }

    /// Takes the messages of the other servers that share the store.
    private func followOtherServers() {
        guard leases.isShared else { return }
        store.onHints { [hints, leases] hint in
            switch hint {
            case .sessions(let ids): hints.add(ids)
            case .leases: leases.hurry()
            }
        }
    }

    /// The profiles of all sites; of two profiles with one name, the one of the first site counts.
    public var profiles: ProfileCatalogue { sites.profiles }

    /// Whether the platform can do its work: the store answers, and a site is ready.
    public func isReady() async -> Bool {
        await reasonNotReady() == nil
    }

    /// Why a site cannot do its work now, in words without details; `nil` if it can. A site is ready if its network was
    /// compared since the start, and is not known to lack a session.
    public func reasonNotReady(_ site: SiteName) -> String? {
        guard let lane = reconciler.lane(of: site) else { return "There is no such site." }
        guard leases.holds(.site(site)) else { return leases.hasOthers ? nil : "No server works on the site yet." }
        guard lane.hasReachedNetwork else { return "The network was not reached since the start." }
        return lane.isNetworkInOrder ? nil : "The network may lack something, and is being compared."
    }

    /// Why the platform cannot do its work now, in words without details; `nil` if it can. The log has the details.
    ///
    /// A platform is ready while one of its sites is: the failure of a site must not take the other sites away from
    /// their clients.
    public func reasonNotReady() async -> String? {
        let reasons = sites.all.map { reasonNotReady($0.name) }
        if let first = reasons[0], !reasons.contains(nil) { return first }
        do {
            try await store.check()
            return nil
        } catch {
            return switch error.code {
            case .full: "The disk of the database is full."
            case .readOnly: "The database cannot be written."
            case .inUse: "Another process holds the lock of the database."
            case .fileLost: "The file of the database was deleted, replaced or truncated."
            case .corrupt: "The database is damaged."
            case .diskFailed, .unknownOutcome: "The disk of the database fails."
            default: "The database does not answer."
            }
        }
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
