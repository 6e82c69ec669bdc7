import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Compares all wanted sessions with all sessions in the network.
extension Reconciler {
    /// Runs a comparison at the start and then at every interval.
    func runComparisons() async throws {
        var attempt = 0
        await trials.begin()
        while true {
            do {
                let moment = order.moment
                try await compare()
                if !hasReachedNetwork {
                    try await trySuspects()
                    await trials.end()
                }
                attempt = 0
                reachedNetwork.withLockedValue { $0 = true }
                order.isCompared(since: moment)
                try await order.waitForDisturbance(upTo: configuration.reconcileInterval, clock: clock)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.warning("The network could not be compared; trying again", metadata: ["network": "\(network.name)", "error": "\(error)"])
                await trials.pause()
                order.isBroken()
                try await order.waitForDisturbance(upTo: WorkQueue.delay(attempt: attempt), clock: clock)
                attempt += 1
            }
        }
    }

    /// Makes one comparison: both sides in the order of their ids, page by page.
    ///
    /// The network's sessions are read first. The store has a session before the network does, so a session of the
    /// network without a stored session is an orphan.
    func compare() async throws {
        var held = try await network.held().sorted()[...]
        var last: SessionID?
        while true {
            let page = try await store.sessions(after: last, limit: 500)
            reportUnreadable()
            let end = page.count < 500 ? nil : page.last?.id
            let heldHere = end.map { end in held.prefix { $0 <= end } } ?? held
            held = held.dropFirst(heldHere.count)
            try await closeGaps(wanted: try await follow(page), held: Set(heldHere))
            guard let end else { return }
            try Task.checkCancellation()
            last = end
        }
    }

    /// Programs and releases a page's sessions. Failing sessions do not end the comparison: the queue retries them.
    private func closeGaps(wanted page: [Session], held: Set<SessionID>) async throws {
        let known = Set(page.map(\.id))
        // The network does not return the addresses of a session. A session from an earlier process may have the
        // addresses from before a move.
        let (isFirst, moved) = (!hasReachedNetwork, unsettled.withLockedValue { $0 })
        let served = page.filter { $0.wantsNetwork && !$0.isOutOfReach }
        // A requested session is programmed again even if the network holds it. The network's answer may have come to
        // an engine that was killed before it stored the answer, and the network does not report the answer again.
        let missing = served.filter {
            (isFirst || $0.status == .requested || moved.contains($0.id) || !held.contains($0.id)) && !queue.isRetrying($0.id)
        }
        let leftOver = page.filter {
            (!$0.wantsNetwork ? $0.inNetwork || held.contains($0.id) : $0.isOutOfReach && held.contains($0.id))
                && !queue.isRetrying($0.id)
        }
        let orphans = held.filter { !known.contains($0) && !trials.isSuspect($0) }
        await trials.note(trials.withoutSuspects(missing), others: leftOver.map(\.id) + orphans)
        let again = await program(missing).union(await release(leftOver))
        if !again.isEmpty { queue.retry(page.lazy.filter { again.contains($0.id) }.map { WorkQueue.Work($0) }, at: clock.uptime) }
        if !orphans.isEmpty { await releaseOrphans(Array(orphans)) }
        // If the network fails for whole pages, the next comparison does the rest.
        if again.count >= 64, failures.isFailing { throw NetworkError("\(again.count) sessions could not be programmed or released") }
    }

    private func releaseOrphans(_ orphans: [SessionID]) async {
        logger.info("Removing what no session wants", metadata: ["network": "\(network.name)", "sessions": "\(orphans.count)"])
        do {
            try await network.release(orphans)
        } catch {
            logger.warning("Orphans could not be released; the next comparison tries again", metadata: [
                "network": "\(network.name)", "sessions": "\(orphans.count)", "error": "\(error)",
            ])
            guard orphans.count > 1, !failures.isFailing else { return }
            // One orphan may have made the call fail for all.
            var failed = 0
            for orphan in orphans where failed < 8 {
                do { try await network.release([orphan]) } catch { failed += 1 }
            }
        }
    }

    /// Rows that cannot be read stay in the store: an operator may want to repair them.
    private func reportUnreadable() {
        for id in store.takeUnreadable() {
            setAsideCounters.count(.unreadable)
            logger.error(
                "A session is set aside: its row holds what no version has written. Repair or delete the row",
                metadata: ["session": "\(id)", "cause": "\(SetAsideCause.unreadable.rawValue)"])
        }
    }

    // MARK: Suspects

    /// Tries each suspect session alone, and notes the session before the call of the network.
    private func trySuspects() async throws {
        while let suspect = await trials.nextSuspect() {
            try Task.checkCancellation()
            let reason = "The platform ended \(suspect.deathsAlone) times while it programmed the session."
            if suspect.isLeftAlone {
                await leaveAlone(suspect, reason: reason)
                continue
            }
            if suspect.isSetAside { _ = await setAside(suspect.session, .process, reason: reason) }
            guard let session = try await store.session(suspect.session) else {
                try await network.release([suspect.session])
                continue
            }
            var again: Set<SessionID> = []
            if session.wantsNetwork, !suspect.isSetAside { again = await program([session]) }
            if !session.wantsNetwork, session.inNetwork { again = await release([session]) }
            queue.retry(again.map { WorkQueue.Work(id: $0, owner: session.owner) }, at: clock.uptime)
        }
    }

    /// Ends the session without a call of the network, which may still hold a flow for the session.
    private func leaveAlone(_ suspect: PreviousRun.Suspect, reason: String) async {
        let (now, timing) = (clock.now, configuration.timing)
        logger.error("The network is not asked to release a session: that ended the platform", metadata: [
            "network": "\(network.name)", "session": "\(suspect.session)",
        ])
        do {
            let changes = try await store.change([suspect.session]) { session in
                session.networkEnded(at: now, timing: timing, reason: reason) + session.networkReleased()
            }
            deadlines.note(changes.lazy.map(\.session))
        } catch {
            logger.warning("A session could not be set aside", metadata: ["session": "\(suspect.session)", "error": "\(error)"])
        }
    }
}
