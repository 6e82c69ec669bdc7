import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Makes the networks of all sites follow the store. Each site has a ``SiteLane`` of its own, so that a network that
/// hangs or fails delays no other network.
///
/// The work is level-triggered: it does not depend on the event that caused it, and may run any number of times.
final class Reconciler: Sendable {
    let store: any SessionStore
    let sites: Sites
    let deadlines: DeadlineKeeper
    let leases: LeaseKeeper
    let trials: Trials
    let setAsideCounters = SetAsideCounters()
    let eraser: Eraser
    let configuration: EngineConfiguration
    let clock: any EngineClock
    let logger: Logger
    /// The lanes in the order of the sites. Empty after ``disband()``.
    private let board = NIOLockedValueBox<(all: [SiteLane], byName: [SiteName: SiteLane])>(([], [:]))

    init(
        store: any SessionStore, sites: Sites, deadlines: DeadlineKeeper, leases: LeaseKeeper, configuration: EngineConfiguration,
        clock: any EngineClock, logger: Logger
    ) {
        self.store = store
        self.sites = sites
        self.deadlines = deadlines
        self.leases = leases
        self.eraser = Eraser(store: store, capacity: configuration.workCapacity, clock: clock, logger: logger)
        self.trials = Trials(store: store, starts: sites.all.count, logger: logger)
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        let lanes = sites.all.map { SiteLane($0, reconciler: self) }
        board.withLockedValue { $0 = (lanes, Dictionary(uniqueKeysWithValues: lanes.map { ($0.name, $0) })) }
    }

    /// Cuts the references between the lanes and this object, which would otherwise keep each other in memory.
    func disband() {
        board.withLockedValue { $0 = ([], [:]) }
    }

    var lanes: [SiteLane] { board.withLockedValue { $0.all } }

    /// The lane of a site; `nil` if the configuration does not name the site any more.
    func lane(of site: SiteName) -> SiteLane? { board.withLockedValue { $0.byName[site] } }

    /// How many sessions wait to be reconciled.
    var queueDepth: Int { lanes.reduce(0) { $0 + $1.queueDepth } }

    /// Adds a session to the queues of the sites whose networks it concerns.
    func enqueue(_ session: Session) {
        lane(of: session.site)?.enqueue(session)
        for placement in session.formerPlacements { lane(of: placement.site)?.enqueue(session) }
    }

    /// Programs sessions that were just stored.
    func begin(_ sessions: [Session]) {
        deadlines.note(sessions)
        let (all, byName) = board.withLockedValue { $0 }
        if all.count == 1, let lane = all.first { return lane.begin(sessions) }
        for (site, group) in Dictionary(grouping: sessions, by: \.site) { byName[site]?.begin(group) }
    }

    /// Lets a creation or a repeated request wait for the network's answer.
    func wait(for session: Session) async {
        guard let lane = lane(of: session.site) else { return }
        _ = await lane.answers.wait(for: session) { enqueue(session) }
    }

    /// Adds creations that wait for the networks' answers from now on.
    func add(_ waiting: [(session: Session, continuation: Intake.Continuation)]) {
        let (all, byName) = board.withLockedValue { $0 }
        if all.count == 1, let lane = all.first { return lane.answers.add(waiting) }
        for (site, group) in Dictionary(grouping: waiting, by: \.session.site) {
            if let lane = byName[site] { lane.answers.add(group) } else { for one in group { one.continuation.resume(returning: .stored(one.session)) } }
        }
    }

    // MARK: Changes

    /// Handles deadlines that may have passed by that time.
    func deadlinesPassed(_ ids: [SessionID], at now: Timestamp) async {
        await changeUntilStored(ids, deadlinePassed(at: now))
    }

    /// Handles sessions whose deadline has passed, of all servers that share the store.
    ///
    /// - Returns: whether there may be more.
    func changeDue(at now: Timestamp) async throws(StoreError) -> Bool {
        let changes = try await store.changeDue(at: now, limit: Self.mostDue, deadlinePassed(at: now))
        follow(changes)
        return changes.count >= Self.mostDue
    }

    private static let mostDue = 500

    private func deadlinePassed(at now: Timestamp) -> @Sendable (inout Session) -> [SessionAction] {
        let standard = SiteSettings().timing
        return { [sites] session in
            let timing = sites[session.site]?.settings.timing ?? standard
            return session.deadlinePassed(at: now, timing: timing, reason: "The network did not answer within \(timing.giveUpAfter) s.")
        }
    }

    /// Makes a change that must not be lost: if the store fails, retries until the change works or the task is
    /// cancelled.
    func changeUntilStored(_ ids: [SessionID], _ transition: @escaping @Sendable (inout Session) -> [SessionAction]) async {
        guard !ids.isEmpty else { return }
        var attempt = 0
        while !Task.isCancelled {
            do {
                let changes = try await store.change(ids, transition)
                follow(changes)
                return
            } catch {
                logger.error("A change could not be stored; trying again", metadata: ["sessions": "\(ids.count)", "error": "\(error)"])
                try? await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
    }

    /// Does the actions of transitions that the store did not do itself. Does not wait for a network.
    func follow(_ changes: [SessionChange]) {
        deadlines.note(changes.lazy.filter { $0.before.deadline != $0.session.deadline }.map(\.session))
        let lanes = lanes
        for lane in lanes {
            let isOnly = lanes.count == 1
            // Unchanged sessions are included: a repeated request may have started to wait just after the change that
            // it needs.
            lane.answers.answer(changes.lazy.map(\.session).filter { (isOnly || $0.site == lane.name) && $0.status != .requested })
        }
        for (lane, sessions) in released(changes, lanes) { lane.beginRelease(sessions) }
    }

    /// Takes sessions that another server has changed.
    func changedElsewhere(_ sessions: [Session]) {
        for lane in lanes { lane.answers.answer(sessions.lazy.filter { $0.site == lane.name && $0.status != .requested }) }
        for session in sessions {
            for lane in lanes where session.hasWork(at: lane.name) { lane.enqueue(session) }
        }
    }

    /// The sessions to be released at each site.
    private func released(_ changes: [SessionChange], _ lanes: [SiteLane]) -> [(SiteLane, [Session])] {
        let sessions = changes.filter { $0.actions.contains(.release) }.map(\.session)
        guard !sessions.isEmpty else { return [] }
        let lost = sessions.filter { !lostSites(of: $0).isEmpty }
        if !lost.isEmpty { Task { await forgetPlacements(of: lost) } }
        return lanes.compactMap { lane in
            let own = sessions.filter { $0.isLeftOver(at: lane.name) }
            return own.isEmpty ? nil : (lane, own)
        }
    }

    /// The sites that should release a session and that the configuration does not name any more.
    func lostSites(of session: Session) -> [SiteName] {
        let own = session.wantsNetwork || session.placement == nil ? [] : [session.site]
        return (own + session.formerPlacements.map(\.site)).filter { sites[$0] == nil }
    }

    /// Forgets what sites hold that the configuration does not name any more. If such a site comes back, the comparison
    /// with its network releases what is left there.
    func forgetPlacements(of sessions: [Session]) async {
        let lost = Dictionary(sessions.map { ($0.id, lostSites(of: $0)) }, uniquingKeysWith: { first, _ in first })
        for (id, sites) in lost {
            for site in sites {
                logger.warning("A site of a session is not configured any more, so its network is not asked to release the flow", metadata: [
                    "session": "\(id)", "site": "\(site)",
                ])
            }
        }
        await changeUntilStored(sessions.map(\.id)) { session in
            (lost[session.id] ?? []).reduce(into: []) { actions, site in
                let isOwn = site == session.site
                if !isOwn || !session.wantsNetwork { actions += session.networkReleased(at: site) }
            }
        }
    }

    /// Removes the sessions that were released and wait for their removal.
    func finishErasing() async {
        await eraser.finish()
    }
}

extension Session {
    /// Whether the network of a site must release the session.
    func isLeftOver(at site: SiteName) -> Bool {
        if site == self.site { return !wantsNetwork && placement != nil }
        return formerPlacements.contains { $0.site == site }
    }

    /// Whether the network of a site should have the session.
    func isWanted(at site: SiteName) -> Bool { wantsNetwork && self.site == site }

    /// Whether the network of a site has something to do for the session, as far as is stored.
    func hasWork(at site: SiteName) -> Bool {
        isLeftOver(at: site) || isWanted(at: site) && (status == .requested || isUnapplied) && !isOutOfReach
    }
}
