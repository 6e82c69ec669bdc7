import Logging
import NIOConcurrencyHelpers
import QualityOnDemand

/// Makes the network follow the store: looks at a session as it is now, and closes the gap.
///
/// Level-triggered: nothing here depends on which event brought a session in, and everything may run any number of times.
final class Reconciler: Sendable {
    private let store: any SessionStore
    private let network: any NetworkDriver
    private let directory: any DeviceDirectory
    private let follower: DeviceFollower
    private let profiles: ProfileCatalogue
    private let answers: AnswerBoard
    private let deadlines: DeadlineKeeper
    private let queue: WorkQueue
    private let eraser: Eraser
    private let configuration: EngineConfiguration
    private let clock: any EngineClock
    private let logger: Logger
    private let workers: Slots
    private let reachedNetwork = NIOLockedValueBox(false)
    /// Those whose device has moved, and that the network may still serve where it was.
    private let unsettled = NIOLockedValueBox<Set<SessionID>>([])

    init(
        store: any SessionStore, network: any NetworkDriver, directory: any DeviceDirectory, profiles: ProfileCatalogue, answers: AnswerBoard,
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
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// Whether the network was reached and compared since the start.
    var hasReachedNetwork: Bool { reachedNetwork.withLockedValue { $0 } }

    /// How many sessions wait to be looked at.
    var queueDepth: Int { queue.count }

    /// Puts a session in line and sees to it that somebody works.
    func enqueue(_ id: SessionID) {
        queue.add(id)
        startWorker()
    }

    /// Sees to sessions that were just stored, at once and beside the line.
    func begin(_ sessions: [Session]) {
        deadlines.note(sessions)
        let free = queue.begin(sessions.map(\.id))
        guard !free.isEmpty else { return }
        let isFree = Set(free)
        Task {
            let outcome = await program(free.count == sessions.count ? sessions : sessions.filter { isFree.contains($0.id) })
            queue.finish(free, outcome, at: clock.uptime)
            startWorker()
        }
    }

    /// Looks after delayed work until cancelled; what is ready at once has its workers already.
    func runQueue() async throws {
        while true {
            startWorker()
            try await clock.sleep(for: .milliseconds(100))
        }
    }

    /// One more worker, where there is work and not too many work on it.
    private func startWorker() {
        guard queue.hasReady(at: clock.uptime), workers.take() else { return }
        Task {
            while case let ids = queue.take(upTo: 64, at: clock.uptime), !ids.isEmpty {
                let outcome = await reconcile(ids)
                queue.finish(ids, outcome, at: clock.uptime)
            }
            workers.giveBack()
            // What came in between the last look and giving back would otherwise wait for the next tick.
            startWorker()
        }
    }

    /// Takes what the network tells until cancelled; a driver that stops is started again.
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

    /// Takes what the directory tells until cancelled; one that stops is started again.
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

    /// These devices may have other addresses now: their sessions are looked at.
    func devicesChanged(_ devices: [DeviceKey]) async {
        var left = devices[...]
        var attempt = 0
        while !left.isEmpty, !Task.isCancelled {
            do {
                let devices = Array(left.prefix(500))
                var place: DevicePlace?
                repeat {
                    let page = try await store.sessions(of: devices, after: place, limit: 1000)
                    for id in page.sessions { enqueue(id) }
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

    /// The network told something of its own accord.
    func networkReported(_ reports: [NetworkReport]) async {
        let now = clock.now
        let timing = configuration.timing
        let ready = reports.compactMap { if case .ready(let id) = $0 { id } else { nil } }
        let ended = reports.compactMap { if case .ended(let id) = $0 { id } else { nil } }
        await changeUntilStored(ready) { $0.networkBecameReady(at: now) }
        await changeUntilStored(ended) { $0.networkEnded(at: now, timing: timing) }
    }

    /// The deadlines of these sessions may have passed by that time.
    func deadlinesPassed(_ ids: [SessionID], at now: Timestamp) async {
        let timing = configuration.timing
        await changeUntilStored(ids) { $0.deadlinePassed(at: now, timing: timing) }
    }

    /// Makes a change that must not be lost: where the store fails, tries again until it works or the task is cancelled.
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

    /// Does what transitions asked for and the store did not do itself.
    private func follow(_ changes: [SessionChange]) async {
        var toRelease: [Session] = []
        // Also where nothing changed: a repeated request may have begun to wait just after the change that it waits for.
        answers.answer(changes.lazy.map(\.session).filter { $0.status != .requested })
        deadlines.note(changes.lazy.filter { !$0.actions.isEmpty }.map(\.session))
        for change in changes where change.actions.contains(.release) { toRelease.append(change.session) }
        guard !toRelease.isEmpty else { return }
        if await release(toRelease) == .again {
            for session in toRelease { enqueue(session.id) }
        }
    }

    /// Removes the sessions that were released and wait to be removed.
    func finishErasing() async {
        await eraser.finish()
    }

    // MARK: Closing the gap

    private func reconcile(_ ids: [SessionID]) async -> ReconcileOutcome {
        do {
            let sessions = try await store.sessions(ids)
            let wanted = try await follow(sessions.filter(\.wantsNetwork)).filter(\.wantsNetwork)
            let leftOver = sessions.filter { !$0.wantsNetwork && $0.inNetwork } + wanted.filter(\.isOutOfReach)
            let programmed = await program(wanted.filter { !$0.isOutOfReach })
            let released = await release(leftOver)
            return programmed == .done && released == .done ? .done : .again
        } catch {
            logger.warning("Sessions could not be read; trying again", metadata: ["sessions": "\(ids.count)", "error": "\(error)"])
            return .again
        }
    }

    private func program(_ sessions: [Session]) async -> ReconcileOutcome {
        guard !sessions.isEmpty else { return .done }
        do {
            let answers = try await network.program(sessions.map { Grant($0, profiles: profiles) })
            let current = try await store(answers, to: sessions)
            settle(sessions, as: current)
            // A session that ended while the network was being programmed for it must not stay there.
            let wanted = Set(current.filter(\.wantsNetwork).map(\.id))
            let unwanted = sessions.filter { !wanted.contains($0.id) }
            return unwanted.isEmpty ? .done : await release(unwanted)
        } catch {
            logger.warning(
                "The network could not be programmed; trying again",
                metadata: ["network": "\(network.name)", "sessions": "\(sessions.count)", "error": "\(error)"])
            return .again
        }
    }

    /// Stores what the network answered.
    ///
    /// - Returns: the sessions as they are now.
    private func store(_ answers: [GrantAnswer], to sessions: [Session]) async throws(StoreError) -> [Session] {
        let ids = sessions.map(\.id)
        // What was available and still is has no news: to look is enough, and holds up nobody who writes.
        if zip(sessions, answers).allSatisfy({ $0.status == .available && $1 == .ready }) { return try await store.sessions(ids) }
        let (now, timing) = (clock.now, configuration.timing)
        for case (let session, .refused(let reason)) in zip(sessions, answers) {
            logger.info("The network refused a session", metadata: ["network": "\(network.name)", "session": "\(session.id)", "reason": "\(reason)"])
        }
        let byID = Dictionary(zip(ids, answers), uniquingKeysWith: { first, _ in first })
        let changes = try await store.change(ids) { session in
            switch byID[session.id] {
            case .ready: session.networkBecameReady(at: now)
            case .refused: session.networkEnded(at: now, timing: timing)
            case .pending, nil: []
            }
        }
        await follow(changes)
        return changes.map(\.session)
    }

    private func release(_ sessions: [Session]) async -> ReconcileOutcome {
        guard !sessions.isEmpty else { return .done }
        do {
            let ids = sessions.map(\.id)
            try await network.release(ids)
            let isGone = { (session: Session) in !session.wantsNetwork && !session.blocksItsFlow && !session.isAssignment }
            let gone = sessions.filter(isGone).map(\.id)
            let rest = eraser.add(gone) ? sessions.filter { !isGone($0) }.map(\.id) : ids
            let changes = rest.isEmpty ? [] : try await store.change(rest) { $0.networkReleased() }
            settle(sessions, as: changes.map(\.session))
            return .done
        } catch {
            logger.warning(
                "The network could not be told to let go; trying again",
                metadata: ["network": "\(network.name)", "sessions": "\(sessions.count)", "error": "\(error)"])
            return .again
        }
    }

    /// Lets sessions follow their devices, without telling the network yet.
    private func follow(_ sessions: [Session]) async throws(StoreError) -> [Session] {
        let (all, moved) = try await follower.follow(sessions)
        if !moved.isEmpty { unsettled.withLockedValue { $0.formUnion(moved.map(\.id)) } }
        return all
    }

    /// The network has these sessions now as they were given to it. A device that moved meanwhile is seen to once more: the
    /// network may have heard of its addresses in the wrong order.
    private func settle(_ given: [Session], as current: [Session]) {
        unsettled.withLockedValue { if !$0.isEmpty { $0.subtract(given.map(\.id)) } }
        let addresses = Dictionary(given.map { ($0.id, $0.subject.addresses) }, uniquingKeysWith: { first, _ in first })
        for session in current where session.wantsNetwork && session.subject.addresses != addresses[session.id] {
            unsettled.withLockedValue { _ = $0.insert(session.id) }
            enqueue(session.id)
        }
    }

    // MARK: Comparing

    /// Compares all that is wanted with all that is there, at the start and then at every interval.
    func runComparisons() async throws {
        var attempt = 0
        while true {
            do {
                try await compare()
                attempt = 0
                reachedNetwork.withLockedValue { $0 = true }
                try await clock.sleep(for: configuration.reconcileInterval)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.warning("The network could not be compared; trying again", metadata: ["network": "\(network.name)", "error": "\(error)"])
                try await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
    }

    /// One comparison: both sides in the order of their ids, page by page.
    ///
    /// What is held is asked for first: a session is stored before the network hears of it, so one that is held but
    /// has no session when its page is read is an orphan.
    func compare() async throws {
        var held = try await network.held().sorted()[...]
        var last: SessionID?
        while true {
            let page = try await store.sessions(after: last, limit: 500)
            let end = page.count < 500 ? nil : page.last?.id
            let heldHere = end.map { end in held.prefix { $0 <= end } } ?? held
            held = held.dropFirst(heldHere.count)
            try await closeGaps(wanted: try await follow(page), held: Set(heldHere))
            guard let end else { return }
            try Task.checkCancellation()
            last = end
        }
    }

    private func closeGaps(wanted page: [Session], held: Set<SessionID>) async throws {
        let known = Set(page.map(\.id))
        // What the network holds tells no addresses. Those that an earlier process held may be the ones before a move.
        let (isFirst, moved) = (!hasReachedNetwork, unsettled.withLockedValue { $0 })
        let served = page.filter { $0.wantsNetwork && !$0.isOutOfReach }
        // One that is still requested is asked for again even where it is held: the network's answer may have come to
        // an engine that was killed before it could store it, and the network does not say it twice of its own accord.
        let missing = served.filter { isFirst || $0.status == .requested || moved.contains($0.id) || !held.contains($0.id) }
        let leftOver = page.filter { !$0.wantsNetwork ? $0.inNetwork || held.contains($0.id) : $0.isOutOfReach && held.contains($0.id) }
        let orphans = held.filter { !known.contains($0) }
        if await program(missing) == .again { throw NetworkError("\(missing.count) sessions could not be programmed") }
        if await release(leftOver) == .again { throw NetworkError("\(leftOver.count) sessions could not be released") }
        if !orphans.isEmpty {
            logger.info("Removing what no session wants", metadata: ["network": "\(network.name)", "sessions": "\(orphans.count)"])
            try await network.release(Array(orphans))
        }
    }
}

/// How many may work at once.
private final class Slots: Sendable {
    private let free: NIOLockedValueBox<Int>

    init(_ count: Int) {
        free = NIOLockedValueBox(count)
    }

    func take() -> Bool {
        free.withLockedValue { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() {
        free.withLockedValue { $0 += 1 }
    }
}
