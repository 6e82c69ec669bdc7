import Logging
import NIOConcurrencyHelpers
import QualityOnDemand

/// Comparing all that is wanted with all that is there.
extension Reconciler {
    /// Compares at the start and then at every interval.
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

    /// One comparison: both sides in the order of their ids, page by page.
    ///
    /// What is held is asked for first: a session is stored before the network hears of it, so one that is held but
    /// has no session when its page is read is an orphan.
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

    /// Sessions that fail do not end the comparison: they are tried again from the queue.
    private func closeGaps(wanted page: [Session], held: Set<SessionID>) async throws {
        let known = Set(page.map(\.id))
        // The network does not say for which addresses it holds a session. Those that an earlier process held may be of before a move.
        let (isFirst, moved) = (!hasReachedNetwork, unsettled.withLockedValue { $0 })
        let served = page.filter { $0.wantsNetwork && !$0.isOutOfReach }
        // A session that is still requested is programmed again even where it is held: the network's answer may have come to
        // an engine that was killed before it could store it, and the network does not say it twice of its own accord.
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
        // A network that fails for whole pages is asked for the rest later.
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
            // One of them may have spoilt it for all.
            var failed = 0
            for orphan in orphans where failed < 8 {
                do { try await network.release([orphan]) } catch { failed += 1 }
            }
        }
    }

    /// Rows that cannot be read are left where they are: an operator may want to repair them.
    private func reportUnreadable() {
        for id in store.takeUnreadable() {
            setAsideCounters.count(.unreadable)
            logger.error(
                "A session is set aside: its row holds what no version has written. Repair or delete the row",
                metadata: ["session": "\(id)", "cause": "\(SetAsideCause.unreadable.rawValue)"])
        }
    }

    // MARK: Suspects

    /// Tries those sessions alone that processes ended with; each is noted before the network is asked for it.
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

    /// The session ends without a call of the network, which may go on holding something for it.
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
