import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Compares all wanted sessions with all sessions in the network.
extension SiteLane {
    /// Runs a comparison at the start and then at every interval.
    func runComparisons() async throws {
        var attempt = 0
        await reconciler.trials.begin()
        reconciler.leases.onBegin(of: .site(name)) { [order] in order.isDisturbed() }
        while true {
            do {
                guard isOurs else {
                    queue.removeAll()
                    try await order.waitForDisturbance(upTo: .seconds(1), clock: clock)
                    continue
                }
                let moment = order.moment
                let distrusts = distrusts.withLockedValue { $0 }
                try await compare(distrusting: distrusts)
                if distrusts { self.distrusts.withLockedValue { $0 = order.moment != moment } }
                if !hasReachedNetwork {
                    try await trySuspects()
                    await reconciler.trials.end(at: name)
                }
                attempt = 0
                reachedNetwork.withLockedValue { $0 = true }
                order.isCompared(since: moment)
                try await order.waitForDisturbance(upTo: settings.reconcileInterval, clock: clock)
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as StoreError where error.code == .fenced {
                logger.info("Another server works on the site now")
            } catch {
                logger.warning("The network could not be compared; trying again", metadata: ["network": "\(network.name)", "error": "\(error)"])
                await reconciler.trials.pause(at: name)
                order.isBroken()
                try await order.waitForDisturbance(upTo: WorkQueue.delay(attempt: attempt), clock: clock)
                attempt += 1
            }
        }
    }

    /// Makes one comparison: both sides in the order of their ids, page by page.
    ///
    /// The network's page is read before the store's. The store has a session before the network does, so a session of
    /// the network without a stored session is an orphan.
    ///
    /// - Parameter distrusts: whether a network that cannot list gets every order again.
    func compare(distrusting distrusts: Bool = false) async throws {
        var last: SessionID?
        while true {
            let held = try await network.inventory(after: last, limit: Self.page)
            let page = try await store.sessions(after: last, limit: Self.page)
            reportUnreadable()
            // Of the two pages, only the part is compared that both of them cover.
            let ends = [held.flatMap { $0.count < Self.page ? nil : $0.last?.session }, page.count < Self.page ? nil : page.last?.id]
            let end = ends.compactMap { $0 }.min()
            let covered = { (id: SessionID) in end.map { id <= $0 } ?? true }
            let here = held.map { held in
                Dictionary(held.lazy.filter { covered($0.session) }.map { ($0.session, $0) }, uniquingKeysWith: { first, _ in first })
            }
            let known = try await renew(page.filter { covered($0.id) }, held: here ?? [:])
            try await closeGaps(wanted: try await follow(known), held: here, distrusting: distrusts)
            guard let end else { return }
            try Task.checkCancellation()
            last = end
        }
    }

    private static let page = 500

    /// Gives sessions a newer generation than the network holds, if the network's one is newer than the stored one. That is
    /// so after the restore of an older backup; the network would obey no order for these sessions.
    private func renew(_ sessions: [Session], held: [SessionID: Held]) async throws(StoreError) -> [Session] {
        guard !held.isEmpty else { return sessions }
        let older = sessions.filter { held[$0.id]?.generation ?? 0 > $0.generation }
        guard !older.isEmpty else { return sessions }
        logger.warning("The network holds newer states of sessions than the store, which may come from an older backup", metadata: [
            "network": "\(network.name)", "sessions": "\(older.count)",
        ])
        let changes = try await change(older.map(\.id), under: try fence()) { session in
            held[session.id].map { session.renewed(after: $0.generation) } ?? []
        }
        let renewed = Dictionary(changes.map { ($0.session.id, $0.session) }, uniquingKeysWith: { first, _ in first })
        return sessions.map { renewed[$0.id] ?? $0 }
    }

    /// Programs and releases a page's sessions. Failing sessions do not end the comparison: the queue retries them.
    ///
    /// - Parameter held: `nil` if the network cannot list; then the stored placements are the truth.
    private func closeGaps(wanted page: [Session], held: [SessionID: Held]?, distrusting distrusts: Bool) async throws {
        let known = Set(page.map(\.id))
        let missing = page.filter { session in
            session.isWanted(at: name) && !session.isOutOfReach && (held == nil && distrusts || isMissing(session, held))
                && !queue.isRetrying(session.id)
        }
        let leftOver = page.filter { session in
            let isHeld = held?[session.id] != nil
            let isGone = !session.isWanted(at: name) && (session.isLeftOver(at: name) || isHeld)
            let isUseless = session.isWanted(at: name) && session.isOutOfReach && (isHeld || held == nil && session.placement?.status == .ready)
            return (isGone || isUseless) && !queue.isRetrying(session.id)
        }
        let orphans = (held ?? [:]).values.filter { !known.contains($0.session) && !reconciler.trials.isSuspect($0.session) }
        let trials = reconciler.trials
        await trials.note(trials.withoutSuspects(missing), others: leftOver.map(\.id) + orphans.map(\.session), at: name)
        let again = await program(missing).union(await release(leftOver))
        if !again.isEmpty { queue.retry(page.lazy.filter { again.contains($0.id) }.map { WorkQueue.Work($0) }, at: clock.uptime) }
        if !orphans.isEmpty { try await releaseOrphans(orphans) }
        await releaseAtUnknownSites(page)
        // If the network fails for whole pages, the next comparison does the rest.
        if again.count >= 64, failures.isFailing { throw NetworkError("\(again.count) sessions could not be programmed or released") }
    }

    /// Whether the network lacks a session, or may have it in another form than wanted.
    ///
    /// A requested session is programmed again even if the network holds it. The network's answer may have come to an
    /// engine that was killed before it stored the answer, and the network does not report the answer again.
    private func isMissing(_ session: Session, _ held: [SessionID: Held]?) -> Bool {
        if session.status == .requested || session.isUnapplied { return true }
        guard let held else { return false }
        return held[session.id]?.fingerprint != Order(serving: session, profiles: profiles).fingerprint
    }

    /// Ends what is left of sessions whose site is not configured any more. The first site's lane does this for all.
    private func releaseAtUnknownSites(_ page: [Session]) async {
        guard reconciler.sites.all.first?.name == name else { return }
        let lost = page.filter { !reconciler.lostSites(of: $0).isEmpty }
        if !lost.isEmpty { await reconciler.forgetPlacements(of: lost) }
    }

    private func releaseOrphans(_ orphans: [Held]) async throws(StoreError) {
        _ = try fence()
        logger.info("Removing what no session wants", metadata: ["network": "\(network.name)", "sessions": "\(orphans.count)"])
        let orders = orphans.map { Order(site: name, generation: $0.generation, handle: $0.handle, wish: .release($0.session)) }
        let failed = zip(orders, await network.apply(orders)).compactMap { order, result in
            if case .failure(let error) = result { (order, error) } else { nil }
        }
        guard let error = failed.first?.1 else { return }
        logger.warning("Orphans could not be released; the next comparison tries again", metadata: [
            "network": "\(network.name)", "sessions": "\(failed.count)", "error": "\(error)",
        ])
        guard failed.count > 1, failed.count == orphans.count, !failures.isFailing else { return }
        // One orphan may have made the call fail for all.
        var count = 0
        for (order, _) in failed where count < 8 {
            if case .failure = await network.apply([order])[0] { count += 1 }
        }
    }

    /// Rows that cannot be read stay in the store: an operator may want to repair them.
    private func reportUnreadable() {
        for id in store.takeUnreadable() {
            reconciler.setAsideCounters.count(.unreadable)
            logger.error(
                "A session is set aside: its row holds what no version has written. Repair or delete the row",
                metadata: ["session": "\(id)", "cause": "\(SetAsideCause.unreadable.rawValue)"])
        }
    }

    // MARK: Suspects

    /// Tries each suspect session of this site alone, and notes the session before the call of the network.
    private func trySuspects() async throws {
        let trials = reconciler.trials
        let suspects = trials.waiting
        guard !suspects.isEmpty else { return }
        let sites = Dictionary(
            try await store.sessions(suspects.map(\.session)).map { ($0.id, $0.site) }, uniquingKeysWith: { first, _ in first })
        // A suspect that is not stored belongs to the first site: its network may hold an orphan.
        let first = reconciler.sites.all.first?.name
        for suspect in suspects where sites[suspect.session] ?? first == name {
            try Task.checkCancellation()
            await trials.take(suspect, at: name)
            try await tryAlone(suspect)
        }
    }

    private func tryAlone(_ suspect: PreviousRun.Suspect) async throws {
        let reason = "The platform ended \(suspect.deathsAlone) times while it programmed the session."
        if suspect.isLeftAlone { return await leaveAlone(suspect, reason: reason) }
        if suspect.isSetAside { _ = await setAside(suspect.session, .process, reason: reason) }
        guard let session = try await store.session(suspect.session) else {
            let order = Order(site: name, generation: .max, wish: .release(suspect.session))
            _ = try await network.apply([order])[0].get()
            return
        }
        var again: Set<SessionID> = []
        if session.wantsNetwork, !suspect.isSetAside { again = await program([session]) }
        if session.isLeftOver(at: name) { again = await release([session]) }
        queue.retry(again.map { WorkQueue.Work(id: $0, owner: session.owner) }, at: clock.uptime)
    }

    /// Ends the session without a call of the network, which may still hold a flow for the session.
    private func leaveAlone(_ suspect: PreviousRun.Suspect, reason: String) async {
        let (now, timing) = (clock.now, settings.timing)
        logger.error("The network is not asked to release a session: that ended the platform", metadata: [
            "network": "\(network.name)", "session": "\(suspect.session)",
        ])
        do {
            let changes = try await change([suspect.session], under: try fence()) { session in
                session.networkEnded(at: now, timing: timing, reason: reason) + session.networkReleased()
            }
            reconciler.deadlines.note(changes.lazy.map(\.session))
        } catch {
            logger.warning("A session could not be set aside", metadata: ["session": "\(suspect.session)", "error": "\(error)"])
        }
    }
}
