import DequeModule
import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Closes the gap between the wanted sessions and the network.
extension Reconciler {
    /// Compares sessions with the network's state, and closes the gap.
    ///
    /// - Returns: the sessions to be retried later.
    func reconcile(_ ids: [SessionID]) async -> Set<SessionID> {
        do {
            let sessions = try await store.sessions(ids)
            let wanted = try await follow(sessions.filter(\.wantsNetwork)).filter(\.wantsNetwork)
            let leftOver = sessions.filter { !$0.wantsNetwork && $0.inNetwork } + wanted.filter(\.isOutOfReach)
            let again = await program(wanted.filter { !$0.isOutOfReach }).union(await release(leftOver))
            failures.forget(ids.lazy.filter { !again.contains($0) })
            return again
        } catch {
            logger.warning("Sessions could not be read; trying again", metadata: ["sessions": "\(ids.count)", "error": "\(error)"])
            return Set(ids)
        }
    }

    /// Programs sessions. If the network fails on one session again and again while others work, that session is set
    /// aside.
    ///
    /// - Returns: the sessions to be retried later.
    func program(_ sessions: [Session]) async -> Set<SessionID> {
        let (outcome, alone) = await apart(trials.withoutSuspects(sessions), isProgramming: true) { try await self.programOnce($0) }
        var again = outcome
        for (session, error) in alone {
            guard failures.failedAlone(session.id) else {
                again.insert(session.id)
                continue
            }
            let attempts = FailureLedger.attemptsUntilSetAside
            let reason = "The network failed \(attempts) times to serve the session while it served others."
            if await setAside(session.id, .failures, reason: reason, detail: "\(error)") {
                failures.forget([session.id])
            } else {
                again.insert(session.id)
            }
        }
        return again
    }

    /// - Returns: the sessions to be retried later.
    func release(_ sessions: [Session]) async -> Set<SessionID> {
        let (again, alone) = await apart(trials.withoutSuspects(sessions), isProgramming: false) { group in
            let ids = group.map(\.id)
            try await self.network.release(ids)
            let isGone = { (session: Session) in
                !session.wantsNetwork && !session.blocksItsFlow && !session.isAssignment
            }
            let gone = group.filter(isGone).map(\.id)
            let rest = self.eraser.add(gone) ? group.filter { !isGone($0) }.map(\.id) : ids
            let changes = rest.isEmpty ? [] : try await self.store.change(rest) { $0.networkReleased() }
            self.settle(group, as: changes.map(\.session))
            return []
        }
        return again.union(alone.map(\.session.id))
    }

    /// Ends a session for good, because the network cannot be asked to program it.
    ///
    /// - Returns: whether the end is stored.
    func setAside(_ id: SessionID, _ cause: SetAsideCause, reason: String, detail: String = "") async -> Bool {
        let (now, timing) = (clock.now, configuration.timing)
        logger.error("A session is set aside", metadata: [
            "network": "\(network.name)", "session": "\(id)", "cause": "\(cause.rawValue)", "reason": "\(reason)", "error": "\(detail)",
        ])
        do {
            let changes = try await store.change([id]) { $0.networkEnded(at: now, timing: timing, reason: reason) }
            if changes.contains(where: { !$0.actions.isEmpty }) { setAsideCounters.count(cause) }
            await follow(changes)
            return true
        } catch {
            logger.warning("A session could not be set aside; trying again", metadata: ["session": "\(id)", "error": "\(error)"])
            return false
        }
    }

    // MARK: Calls of the network

    /// Makes one call for all sessions. If the network fails, makes calls for halves, until each failing session is
    /// alone.
    ///
    /// If no call works at all, the network itself fails, and the remaining sessions are not tried.
    private func apart(
        _ sessions: [Session], isProgramming: Bool, _ call: ([Session]) async throws -> Set<SessionID>
    ) async -> (again: Set<SessionID>, alone: [(session: Session, error: NetworkError)]) {
        guard !sessions.isEmpty else { return ([], []) }
        var again: Set<SessionID> = []
        var alone: [(session: Session, error: NetworkError)] = []
        let (sound, failing) = failures.parted(sessions)
        var groups = Deque(failing.map { [$0] })
        if !sound.isEmpty { groups.prepend(sound) }
        var (failed, hasWorked) = (0, false)
        let patience = failures.isFailing ? 3 : 7
        let end = clock.uptime + .seconds(30)
        while let group = groups.popFirst() {
            guard failed == 0 || (hasWorked || failed < patience) && clock.uptime < end else {
                again.formUnion(group.lazy.map(\.id))
                continue
            }
            do {
                again.formUnion(try await call(group))
                failures.worked(group, isProgramming: isProgramming)
                hasWorked = true
            } catch let error as NetworkError {
                failed += 1
                logFailure(of: group, error, isProgramming: isProgramming)
                if group.count == 1 {
                    alone.append((group[0], error))
                } else if error.isTimeout {
                    // Each half might take as long again, so from now on each session has a call of its own.
                    failures.doubt(group)
                    again.formUnion(group.lazy.map(\.id))
                } else {
                    groups.append(Array(group.prefix(group.count / 2)))
                    groups.append(Array(group.dropFirst(group.count / 2)))
                }
            } catch {
                logger.warning("The network's answer could not be stored; trying again", metadata: [
                    "sessions": "\(group.count)", "error": "\(error)",
                ])
                again.formUnion(group.lazy.map(\.id))
            }
        }
        if failed > 0, !hasWorked { failures.roundFailed() }
        return (again, alone)
    }

    private func logFailure(of group: [Session], _ error: NetworkError, isProgramming: Bool) {
        let whose = group.count == 1 ? ["session": "\(group[0].id)"] : ["sessions": "\(group.count)"] as Logger.Metadata
        logger.warning(
            isProgramming ? "The network could not be programmed; trying again" : "The network could not release; trying again",
            metadata: whose.merging(["network": "\(network.name)", "error": "\(error)"]) { first, _ in first })
    }

    private func programOnce(_ sessions: [Session]) async throws -> Set<SessionID> {
        let answers = try await network.program(sessions.map { Grant($0, profiles: profiles) })
        let current = try await store(answers, to: sessions)
        settle(sessions, as: current)
        // A session that ended during the call must not stay in the network.
        let wanted = Set(current.filter(\.wantsNetwork).map(\.id))
        let unwanted = sessions.filter { !wanted.contains($0.id) }
        return unwanted.isEmpty ? [] : await release(unwanted)
    }

    /// Stores the network's answers.
    ///
    /// - Returns: the sessions as they are now.
    private func store(_ answers: [GrantAnswer], to sessions: [Session]) async throws(StoreError) -> [Session] {
        let ids = sessions.map(\.id)
        // A session that was available and still is available needs no change. A read is enough, and delays no
        // writer.
        if zip(sessions, answers).allSatisfy({ $0.status == .available && $1 == .ready }) { return try await store.sessions(ids) }
        let (now, timing) = (clock.now, configuration.timing)
        for case (let session, .refused(let reason)) in zip(sessions, answers) {
            logger.info("The network refused a session", metadata: [
                "network": "\(network.name)", "session": "\(session.id)", "reason": "\(reason)",
            ])
        }
        let byID = Dictionary(zip(ids, answers), uniquingKeysWith: { first, _ in first })
        let changes = try await store.change(ids) { session in
            switch byID[session.id] {
            case .ready: session.networkBecameReady(at: now)
            case .refused(let reason): session.networkEnded(at: now, timing: timing, reason: reason)
            case .pending, nil: []
            }
        }
        await follow(changes)
        return changes.map(\.session)
    }

    /// Makes sessions follow their devices, without a call of the network yet.
    func follow(_ sessions: [Session]) async throws(StoreError) -> [Session] {
        let (all, moved) = try await follower.follow(sessions)
        if !moved.isEmpty { unsettled.withLockedValue { $0.formUnion(moved.map(\.id)) } }
        return all
    }

    /// Notes that the network has these sessions as given. If a device moved meanwhile, its session is reconciled
    /// once more, because the network may have received the addresses in the wrong order.
    private func settle(_ given: [Session], as current: [Session]) {
        unsettled.withLockedValue { if !$0.isEmpty { $0.subtract(given.map(\.id)) } }
        let addresses = Dictionary(given.map { ($0.id, $0.subject.addresses) }, uniquingKeysWith: { first, _ in first })
        for session in current where session.wantsNetwork && session.subject.addresses != addresses[session.id] {
            unsettled.withLockedValue { _ = $0.insert(session.id) }
            enqueue(session)
        }
    }
}
