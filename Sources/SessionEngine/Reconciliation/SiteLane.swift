import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Makes the network of one site follow the store: reads a session as it is now, and closes the gap.
///
/// A lane has its own queue, its own number of calls at the same time, and its own retries and comparisons.
final class SiteLane: Sendable {
    let name: SiteName
    let reconciler: Reconciler
    let store: any SessionStore
    let network: TimedNetwork
    let directory: any DeviceDirectory
    let profiles: ProfileCatalogue
    let settings: SiteSettings
    let answers: AnswerBoard
    let failures = FailureLedger()
    let queue: WorkQueue
    let clock: any EngineClock
    let logger: Logger
    private let workers: Slots
    private let creations: CreationPlaces
    private let releases: Releases
    let arrivals: Arrivals
    let pause: LanePause
    let reachedNetwork = NIOLockedValueBox(false)
    let order = NetworkOrder()
    /// Whether the network has reported a disturbance that no comparison has repaired.
    let distrusts = NIOLockedValueBox(false)
    private let leases: LeaseKeeper

    init(_ site: EngineSite, reconciler: Reconciler) {
        name = site.name
        self.reconciler = reconciler
        store = reconciler.store
        clock = reconciler.clock
        var logger = reconciler.logger
        logger[metadataKey: "site"] = "\(site.name)"
        self.logger = logger
        settings = site.settings
        network = TimedNetwork(site.network, at: site.name, limit: site.settings.networkTimeout, clock: clock, logger: logger)
        directory = site.directory
        profiles = site.profiles
        answers = AnswerBoard(clock: clock, limit: site.settings.answerWait)
        queue = WorkQueue(capacity: reconciler.configuration.workCapacity)
        workers = Slots(site.settings.reconcileConcurrency)
        creations = CreationPlaces(site.settings.reconcileConcurrency)
        arrivals = Arrivals(capacity: reconciler.configuration.workCapacity)
        releases = Releases(capacity: reconciler.configuration.workCapacity)
        pause = LanePause(clock: clock)
        leases = reconciler.leases
        // The outcome of a late call is unknown.
        network.onLateReturn { [order] in order.isDisturbed() }
    }

    /// Whether this server works on the site. Another server that shares the store may do that instead.
    var isOurs: Bool { leases.holds(.site(name)) }

    /// The fence for changes that come from this lane.
    func fence() throws(StoreError) -> Fence? { try leases.fence(of: .site(name)) }

    /// Changes sessions as a part of this lane's work.
    ///
    /// - Parameter fence: of the moment at which the work began.
    func change(
        _ ids: [SessionID], under fence: Fence?, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        do { return try await store.change(ids, under: fence, transition) } catch {
            if error.code == .fenced { leases.isLost(fence) }
            throw error
        }
    }

    /// Whether the network was reached and compared since the start.
    var hasReachedNetwork: Bool { reachedNetwork.withLockedValue { $0 } }

    /// Whether the network holds the wanted sessions, as far as is known.
    var isNetworkInOrder: Bool { order.isKept }

    /// How many sessions wait to be reconciled.
    var queueDepth: Int { queue.count }

    /// Works until cancelled.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.runNetwork() }
            group.addTask { try await self.runDirectory() }
            group.addTask { try await self.runQueue() }
            group.addTask { try await self.runComparisons() }
            if self.leases.isShared { group.addTask { try await self.runPolling() } }
            try await group.waitForAll()
        }
    }

    /// Adds a session to the queue, and starts a worker if necessary.
    func enqueue(_ session: Session) {
        enqueue(session.id, of: session.owner)
    }

    /// - Parameter owner: the client whose line the session joins; `nil` for work that belongs to no client.
    func enqueue(_ id: SessionID, of owner: ClientID?) {
        guard isOurs else { return }
        queue.add(id, of: owner)
        startWorker()
    }

    /// Programs sessions that were just stored. While few groups are under way, the sessions bypass the queue;
    /// otherwise they join the queue. So a network that hangs holds a bounded number of sessions in memory, and
    /// creations do not wait behind other work.
    func begin(_ sessions: [Session]) {
        guard isOurs else { return }
        let clients = Set(sessions.lazy.map(\.owner))
        let admitted = pause.isOver ? creations.take(for: clients) : []
        let isWhole = admitted.count == clients.count
        if !isWhole {
            for session in sessions where !admitted.contains(session.owner) { queue.add(session.id, of: session.owner) }
            startWorker()
        }
        guard !admitted.isEmpty else { return }
        let group = isWhole ? sessions : sessions.filter { admitted.contains($0.owner) }
        let free = queue.begin(group.lazy.map { WorkQueue.Work($0) })
        guard !free.isEmpty else { return creations.giveBack(for: admitted) }
        let isFree = Set(free)
        Task {
            let again = await program(free.count == group.count ? group : group.filter { isFree.contains($0.id) })
            queue.finish(free, again: again, at: clock.uptime)
            creations.giveBack(for: admitted)
            startWorker()
        }
    }

    /// Releases sessions that ended by themselves. Does not wait for the network.
    func beginRelease(_ sessions: [Session]) {
        guard isOurs else { return }
        let (rest, starts) = releases.add(sessions)
        for session in rest { enqueue(session) }
        guard starts else { return }
        Task {
            while let group = releases.next() {
                let again = await release(group)
                for session in group where again.contains(session.id) { enqueue(session) }
            }
        }
    }

    /// Works until cancelled: starts workers for delayed work, and gives up calls that do not return. Work that is
    /// ready at once has its workers already.
    private func runQueue() async throws {
        while true {
            network.giveUpOverdue()
            startWorker()
            try await clock.sleep(for: .milliseconds(100))
        }
    }

    /// Starts one more worker, if there is work, the network is not paused, and a slot is free.
    private func startWorker() {
        guard queue.hasReady(at: clock.uptime), pause.isOver, isOurs, workers.take() else { return }
        Task {
            while pause.isOver, isOurs, case let ids = queue.take(upTo: 64, at: clock.uptime), !ids.isEmpty {
                let again = await reconcile(ids)
                queue.finish(ids, again: again, at: clock.uptime)
            }
            workers.giveBack()
            // Work that came between the last check and the return of the slot would otherwise wait for the next
            // tick.
            startWorker()
        }
    }

    /// Works until cancelled: finds the work that other servers have stored and whose messages were lost.
    private func runPolling() async throws {
        while true {
            try await clock.sleep(for: .seconds(1))
            guard isOurs else { continue }
            do {
                for id in try await store.unapplied(at: name, after: nil, limit: 1000) where !queue.isRetrying(id) { enqueue(id, of: nil) }
            } catch {
                logger.warning("The site's work could not be read; trying again", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Takes the network's reports until cancelled; restarts a driver that stops.
    private func runNetwork() async throws {
        while true {
            do {
                try await network.run { [self] reports in await networkReported(reports) }
            } catch let error where !(error is CancellationError) {
                logger.error("The network driver stopped; starting it again", metadata: ["network": "\(network.name)", "error": "\(error)"])
            }
            try await clock.sleep(for: .seconds(1))
        }
    }

    /// Takes the directory's reports until cancelled; restarts a directory that stops.
    private func runDirectory() async throws {
        while true {
            do {
                try await directory.run { [self] devices in await devicesChanged(devices) }
            } catch let error where !(error is CancellationError) {
                logger.error("The device directory stopped; starting it again", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: .seconds(1))
        }
    }
}

/// The time until which a busy network is left alone.
final class LanePause: Sendable {
    private let state = NIOLockedValueBox((end: Duration.zero, length: Duration.zero))
    private let clock: any EngineClock
    /// The shortest and the longest pause.
    static let lengths: ClosedRange<Duration> = .seconds(1) ... .seconds(60)

    init(clock: any EngineClock) {
        self.clock = clock
    }

    var isOver: Bool { state.withLockedValue { $0.end <= clock.uptime } }

    /// Begins a pause, or makes it longer. Without a wish of the network, each pause is twice as long as the one before.
    func begin(_ wish: Duration?) {
        let now = clock.uptime
        state.withLockedValue { state in
            guard state.end <= now || wish != nil else { return }
            let length = wish ?? max(state.length * 2, Self.lengths.lowerBound)
            state.length = min(max(length, Self.lengths.lowerBound), Self.lengths.upperBound)
            state.end = max(state.end, now + state.length)
        }
    }

    /// Notes that the network obeys again.
    func worked() {
        state.withLockedValue { $0.length = .zero }
    }
}
