import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Makes the network follow the store: reads a session as it is now, and closes the gap.
///
/// The work is level-triggered: it does not depend on the event that caused it, and may run any number of times.
final class Reconciler: Sendable {
    let store: any SessionStore
    let network: TimedNetwork
    private let directory: any DeviceDirectory
    let follower: DeviceFollower
    let profiles: ProfileCatalogue
    let answers: AnswerBoard
    let deadlines: DeadlineKeeper
    let failures = FailureLedger()
    let trials: Trials
    let setAsideCounters = SetAsideCounters()
    let queue: WorkQueue
    let eraser: Eraser
    let configuration: EngineConfiguration
    let clock: any EngineClock
    let logger: Logger
    private let workers: Slots
    private let creations: CreationPlaces
    let reachedNetwork = NIOLockedValueBox(false)
    let order = NetworkOrder()
    /// The sessions whose device has moved; the network may still have the former addresses.
    let unsettled = NIOLockedValueBox<Set<SessionID>>([])

    init(
        store: any SessionStore, network: TimedNetwork, directory: any DeviceDirectory, profiles: ProfileCatalogue, answers: AnswerBoard,
        deadlines: DeadlineKeeper, configuration: EngineConfiguration, clock: any EngineClock, logger: Logger
    ) {
        self.store = store
        self.network = network
        self.directory = directory
        self.follower = DeviceFollower(store: store, directory: directory, logger: logger)
        self.profiles = profiles
        self.answers = answers
        self.deadlines = deadlines
        self.queue = WorkQueue(capacity: configuration.workCapacity)
        self.eraser = Eraser(store: store, capacity: configuration.workCapacity, clock: clock, logger: logger)
        self.workers = Slots(configuration.reconcileConcurrency)
        self.creations = CreationPlaces(configuration.reconcileConcurrency)
        self.trials = Trials(store: store, logger: logger)
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        // The outcome of a late call is unknown.
        network.onLateReturn { [order] in order.isDisturbed() }
    }

    /// Whether the network was reached and compared since the start.
    var hasReachedNetwork: Bool { reachedNetwork.withLockedValue { $0 } }

    /// Whether the network holds the wanted sessions, as far as is known.
    var isNetworkInOrder: Bool { order.isKept }

    /// How many sessions wait to be reconciled.
    var queueDepth: Int { queue.count }

    /// Adds a session to the queue, and starts a worker if necessary.
    func enqueue(_ session: Session) {
        enqueue(session.id, of: session.owner)
    }

    /// - Parameter owner: the client whose line the session joins; `nil` for work that belongs to no client.
    private func enqueue(_ id: SessionID, of owner: ClientID?) {
        queue.add(id, of: owner)
        startWorker()
    }

    /// Programs sessions that were just stored. While few groups are under way, the sessions bypass the queue;
    /// otherwise they join the queue. So a network that hangs holds a bounded number of sessions in memory, and
    /// creations do not wait behind other work.
    func begin(_ sessions: [Session]) {
        deadlines.note(sessions)
        let clients = Set(sessions.lazy.map(\.owner))
        let admitted = creations.take(for: clients)
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

    /// Works until cancelled: starts workers for delayed work, and gives up calls that do not return. Work that is
    /// ready at once has its workers already.
    func runQueue() async throws {
        while true {
            network.giveUpOverdue()
            startWorker()
            try await clock.sleep(for: .milliseconds(100))
        }
    }

    /// Starts one more worker, if there is work and a slot is free.
    private func startWorker() {
        guard queue.hasReady(at: clock.uptime), workers.take() else { return }
        Task {
            while case let ids = queue.take(upTo: 64, at: clock.uptime), !ids.isEmpty {
                let again = await reconcile(ids)
                queue.finish(ids, again: again, at: clock.uptime)
            }
            workers.giveBack()
            // Work that came between the last check and the return of the slot would otherwise wait for the next
            // tick.
            startWorker()
        }
    }

    /// Takes the network's reports until cancelled; restarts a driver that stops.
    func runNetwork() async throws {
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
    func runDirectory() async throws {
        while true {
            do {
                try await directory.run { [self] devices in await devicesChanged(devices) }
            } catch let error where !(error is CancellationError) {
                logger.error("The device directory stopped; starting it again", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: .seconds(1))
        }
    }

    // MARK: Events

    /// Reconciles the sessions of these devices, which may have other addresses now.
    func devicesChanged(_ devices: [DeviceKey]) async {
        var left = devices[...]
        var attempt = 0
        while !left.isEmpty, !Task.isCancelled {
            do {
                let devices = Array(left.prefix(500))
                var place: DevicePlace?
                repeat {
                    let page = try await store.sessions(of: devices, after: place, limit: 1000)
                    for id in page.sessions { enqueue(id, of: nil) }
                    place = page.next
                } while place != nil
                left = left.dropFirst(500)
                attempt = 0
            } catch {
                logger.warning(
                    "The sessions of devices that moved could not be found; trying again", metadata: ["devices": "\(left.count)", "error": "\(error)"])
                try? await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
    }

    /// Handles reports that the network sent without being asked.
    func networkReported(_ reports: [NetworkReport]) async {
        let now = clock.now
        let timing = configuration.timing
        let ready = reports.compactMap { if case .ready(let id) = $0 { id } else { nil } }
        let ended = reports.compactMap { if case .ended(let id, let reason) = $0 { (id, reason) } else { nil } }
        let reasons = Dictionary(ended.compactMap { id, reason in reason.map { (id, $0) } }, uniquingKeysWith: { first, _ in first })
        for case .disturbed(let reason) in reports {
            logger.warning(
                "The network may have lost something; comparing everything now", metadata: ["network": "\(network.name)", "reason": "\(reason)"])
            order.isDisturbed()
        }
        await changeUntilStored(ready) { $0.networkBecameReady(at: now) }
        await changeUntilStored(ended.map(\.0)) { $0.networkEnded(at: now, timing: timing, reason: reasons[$0.id]) }
    }

    /// Handles deadlines that may have passed by that time.
    func deadlinesPassed(_ ids: [SessionID], at now: Timestamp) async {
        let timing = configuration.timing
        let reason = "The network did not answer within \(timing.giveUpAfter) s."
        await changeUntilStored(ids) { $0.deadlinePassed(at: now, timing: timing, reason: reason) }
    }

    /// Makes a change that must not be lost: if the store fails, retries until the change works or the task is
    /// cancelled.
    private func changeUntilStored(_ ids: [SessionID], _ transition: @escaping @Sendable (inout Session) -> [SessionAction]) async {
        guard !ids.isEmpty else { return }
        var attempt = 0
        while !Task.isCancelled {
            do {
                let changes = try await store.change(ids, transition)
                await follow(changes)
                return
            } catch {
                logger.error("A change could not be stored; trying again", metadata: ["sessions": "\(ids.count)", "error": "\(error)"])
                try? await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
    }

    /// Does the actions of transitions that the store did not do itself.
    func follow(_ changes: [SessionChange]) async {
        var toRelease: [Session] = []
        // Unchanged sessions are included: a repeated request may have started to wait just after the change that it
        // needs.
        answers.answer(changes.lazy.map(\.session).filter { $0.status != .requested })
        deadlines.note(changes.lazy.filter { !$0.actions.isEmpty }.map(\.session))
        for change in changes where change.actions.contains(.release) { toRelease.append(change.session) }
        guard !toRelease.isEmpty else { return }
        let again = await release(toRelease)
        for session in toRelease where again.contains(session.id) { enqueue(session) }
    }

    /// Removes the sessions that were released and wait for their removal.
    func finishErasing() async {
        await eraser.finish()
    }
}
