import DequeModule
import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Closes the gap between the wanted sessions and the network.
extension SiteLane {
    /// Compares sessions with the network's state, and closes the gap.
    ///
    /// - Returns: the sessions to be retried later.
    func reconcile(_ ids: [SessionID]) async -> Set<SessionID> {
        do {
            let sessions = try await follow(try await store.sessions(ids))
            let wanted = sessions.filter { $0.isWanted(at: name) }
            let leftOver = sessions.filter { $0.isLeftOver(at: name) } + wanted.filter(\.isOutOfReach)
            let again = await program(wanted.filter { !$0.isOutOfReach }).union(await release(leftOver))
            failures.forget(ids.lazy.filter { !again.contains($0) })
            return again
        } catch {
            guard error.code != .fenced else { return [] }
            logger.warning("Sessions could not be read; trying again", metadata: ["sessions": "\(ids.count)", "error": "\(error)"])
            return Set(ids)
        }
    }

    /// Programs sessions. If the network fails on one session again and again while others work, that session is set
    /// aside.
    ///
    /// - Returns: the sessions to be retried later.
    func program(_ sessions: [Session]) async -> Set<SessionID> {
        let (outcome, alone) = await apart(reconciler.trials.withoutSuspects(sessions), isProgramming: true) { group async throws(StoreError) in
            try await self.programOnce(group)
        }
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

    /// Releases sessions from the network of this site.
    ///
    /// - Returns: the sessions to be retried later.
    func release(_ sessions: [Session]) async -> Set<SessionID> {
        let (again, alone) = await apart(reconciler.trials.withoutSuspects(sessions), isProgramming: false) { group async throws(StoreError) in
            try await self.releaseOnce(group)
        }
        return again.union(alone.map(\.session.id))
    }

    /// Ends a session for good, because the network cannot be asked to program it.
    ///
    /// - Returns: whether the end is stored.
    func setAside(_ id: SessionID, _ cause: SetAsideCause, reason: String, detail: String = "") async -> Bool {
        let (now, timing) = (clock.now, settings.timing)
        logger.error("A session is set aside", metadata: [
            "network": "\(network.name)", "session": "\(id)", "cause": "\(cause.rawValue)", "reason": "\(reason)", "error": "\(detail)",
        ])
        do {
            let changes = try await change([id], under: try fence()) { $0.networkEnded(at: now, timing: timing, reason: reason) }
            if changes.contains(where: { !$0.actions.isEmpty }) { reconciler.setAsideCounters.count(cause) }
            reconciler.follow(changes)
            return true
        } catch {
            logger.warning("A session could not be set aside; trying again", metadata: ["session": "\(id)", "error": "\(error)"])
            return false
        }
    }

    // MARK: Calls of the network

    /// The sessions that failed in a call, and the sessions to be retried for another reason.
    struct CallOutcome {
        var failed: [(session: Session, error: NetworkError)] = []
        var again: Set<SessionID> = []
    }

    /// Makes one call for all sessions, and calls for the failed ones. If every session of a call fails, makes calls for
    /// halves, until each failing session is alone: a network may be able to refuse a call only as a whole.
    ///
    /// If no call works at all, the network itself fails, and the remaining sessions are not tried.
    private func apart(
        _ sessions: [Session], isProgramming: Bool, _ call: ([Session]) async throws(StoreError) -> CallOutcome
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
            guard isOurs else { return ([], []) }
            guard pause.isOver, failed == 0 || (hasWorked || failed < patience) && clock.uptime < end else {
                again.formUnion(group.lazy.map(\.id))
                continue
            }
            do {
                let outcome = try await call(group)
                again.formUnion(outcome.again)
                if outcome.failed.count < group.count {
                    failures.worked(group.without(outcome.failed), isProgramming: isProgramming)
                    pause.worked()
                    hasWorked = true
                }
                guard let error = outcome.failed.first?.error else { continue }
                failed += 1
                logFailure(of: outcome.failed.map(\.session), error, isProgramming: isProgramming)
                takeApart(outcome.failed, of: group, &groups, &again, &alone)
            } catch where error.code == .fenced {
                logger.info("Another server works on the site now", metadata: ["sessions": "\(group.count)"])
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

    /// Decides what becomes of the failed sessions of a call.
    private func takeApart(
        _ failed: [(session: Session, error: NetworkError)], of group: [Session], _ groups: inout Deque<[Session]>,
        _ again: inout Set<SessionID>, _ alone: inout [(session: Session, error: NetworkError)]
    ) {
        let busy = failed.filter { $0.error.code == .busy }
        for one in busy { pause.begin(one.error.retryAfter) }
        again.formUnion(busy.lazy.map(\.session.id))
        let others = failed.filter { $0.error.code != .busy }
        guard let error = others.first?.error else { return }
        if group.count == 1 || others.count < group.count {
            // The network told the sessions apart.
            alone += others
        } else if error.code == .unknownOutcome {
            // Each half might take as long again, so from now on each session has a call of its own.
            failures.doubt(group)
            again.formUnion(group.lazy.map(\.id))
        } else {
            groups.append(Array(group.prefix(group.count / 2)))
            groups.append(Array(group.dropFirst(group.count / 2)))
        }
    }

    private func logFailure(of group: [Session], _ error: NetworkError, isProgramming: Bool) {
        let whose = group.count == 1 ? ["session": "\(group[0].id)"] : ["sessions": "\(group.count)"] as Logger.Metadata
        logger.warning(
            isProgramming ? "The network could not be programmed; trying again" : "The network could not release; trying again",
            metadata: whose.merging(["network": "\(network.name)", "error": "\(error)"]) { first, _ in first })
    }

    private func programOnce(_ sessions: [Session]) async throws(StoreError) -> CallOutcome {
        let fence = try fence()
        let results = await network.apply(sessions.map { Order(serving: $0, profiles: profiles) })
        var outcome = CallOutcome()
        var answered: [(Session, Result<Answer, NetworkError>)] = []
        for (session, result) in zip(sessions, results) {
            switch result {
            case .failure(let error) where error.code != .rejected: outcome.failed.append((session, error))
            default: answered.append((session, result))
            }
        }
        guard !answered.isEmpty else { return outcome }
        let current: [Session]
        do { current = try await store(answered, under: fence) } catch {
            if error.code == .fenced { await undo(answered) }
            throw error
        }
        catchUp(answered.map(\.0), with: current)
        // A session that ended or left the site during the call must not stay in the network.
        let kept = Set(current.lazy.filter { $0.isWanted(at: self.name) }.map(\.id))
        let unwanted = answered.filter { !kept.contains($0.0.id) }
        if !unwanted.isEmpty { outcome.again = await releaseUnwanted(unwanted, current) }
        return outcome
    }

    /// Releases sessions that nobody wants any more, after this server has lost the lease of the site during a call. The
    /// server with the lease may not know that the network has obeyed this one so late.
    private func undo(_ answered: [(Session, Result<Answer, NetworkError>)]) async {
        guard let current = try? await store.sessions(answered.map(\.0.id)) else { return }
        let wanted = Set(current.lazy.filter { $0.isWanted(at: self.name) }.map(\.id))
        let (now, timing) = (clock.now, settings.timing)
        let orders = answered.filter { !wanted.contains($0.0.id) }.map { session, result in
            var session = session
            _ = session.take(result, for: session.generation, from: self.name, at: now, timing: timing)
            return Order(releasing: session, at: self.name)
        }
        if !orders.isEmpty { _ = await network.apply(orders) }
    }

    /// - Parameter answered: the sessions as they were ordered. A session that the store does not have any more is
    ///   released with the handle of its answer.
    private func releaseUnwanted(
        _ answered: [(Session, Result<Answer, NetworkError>)], _ current: [Session]
    ) async -> Set<SessionID> {
        let stored = Dictionary(current.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let (now, timing) = (clock.now, settings.timing)
        return await release(answered.map { session, result in
            if let session = stored[session.id] { return session }
            var session = session
            _ = session.take(result, for: session.generation, from: self.name, at: now, timing: timing)
            return session
        })
    }

    private func releaseOnce(_ sessions: [Session]) async throws(StoreError) -> CallOutcome {
        let fence = try fence()
        let results = await network.apply(sessions.map { Order(releasing: $0, at: name) })
        var outcome = CallOutcome()
        var released: [Session] = []
        for (session, result) in zip(sessions, results) {
            switch result {
            case .success(.outdated):
                // The network holds a newer generation than the order's: the session has changed since it was read.
                outcome.again.insert(session.id)
            case .success: released.append(session)
            case .failure(let error) where error.code == .rejected:
                // The network says that it will never do this, so a repetition would not help.
                logger.error("The network refused to release a session; what it holds is left there", metadata: [
                    "network": "\(network.name)", "session": "\(session.id)", "reason": "\(error)",
                ])
                released.append(session)
            case .failure(let error): outcome.failed.append((session, error))
            }
        }
        guard !released.isEmpty else { return outcome }
        let isGone = { (session: Session) in
            !session.wantsNetwork && !session.blocksItsFlow && !session.isAssignment && session.formerPlacements.isEmpty
        }
        let gone = released.filter(isGone).map(\.id)
        let rest = reconciler.eraser.add(gone, under: fence) ? released.filter { !isGone($0) } : released
        guard !rest.isEmpty else { return outcome }
        let generations = Dictionary(rest.map { ($0.id, $0.generation) }, uniquingKeysWith: { first, _ in first })
        let changes = try await change(rest.map(\.id), under: fence) { [name] in $0.networkReleased(at: name, upTo: generations[$0.id]) }
        catchUp(rest, with: changes.map(\.session))
        return outcome
    }

    /// Stores the network's answers.
    ///
    /// - Returns: the sessions as they are now.
    private func store(
        _ answered: [(Session, Result<Answer, NetworkError>)], under fence: Fence?
    ) async throws(StoreError) -> [Session] {
        let ids = answered.map(\.0.id)
        // A session whose stored placement says the same needs no change. A read is enough, and delays no writer.
        if answered.allSatisfy({ $0.isStored(as: $1) }) { return try await store.sessions(ids) }
        let (now, timing, site) = (clock.now, settings.timing, name)
        for case (let session, .failure(let error)) in answered {
            logger.info("The network refused a session", metadata: [
                "network": "\(network.name)", "session": "\(session.id)", "reason": "\(error)",
            ])
        }
        let byID = Dictionary(answered.map { ($0.0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let changes = try await change(ids, under: fence) { session in
            guard let (given, result) = byID[session.id] else { return [] }
            return session.take(result, for: given.generation, from: site, at: now, timing: timing)
        }
        reconciler.follow(changes)
        return changes.map(\.session)
    }

    /// Adds sessions to the queue whose wanted state has changed since their order.
    private func catchUp(_ ordered: [Session], with current: [Session]) {
        let generations = Dictionary(ordered.map { ($0.id, $0.generation) }, uniquingKeysWith: { first, _ in first })
        for session in current where session.wantsNetwork && session.generation != generations[session.id] {
            reconciler.enqueue(session)
        }
    }
}

extension Session {
    /// Whether a network's answer about this generation is stored already.
    fileprivate func isStored(as result: Result<Answer, NetworkError>) -> Bool {
        guard status == .available, case .success(.ready(let handle)) = result, let placement else { return false }
        return placement.status == .ready && placement.generation == generation && (handle == nil || placement.handle == handle)
    }

    /// Takes a network's answer to the order to serve a generation.
    fileprivate mutating func take(
        _ result: Result<Answer, NetworkError>, for generation: Int64, from site: SiteName, at now: Timestamp, timing: Timing
    ) -> [SessionAction] {
        switch result {
        case .success(.ready(let handle)):
            networkHolds(Placement(site: site, generation: generation, handle: handle, status: .ready), at: now)
        case .success(.pending(let handle)):
            networkHolds(Placement(site: site, generation: generation, handle: handle, status: .pending), at: now)
        case .success: []
        case .failure(let error):
            networkEnded(at: now, timing: timing, site: site, generation: generation, reason: error.description)
        }
    }
}

extension [Session] {
    fileprivate func without(_ failed: [(session: Session, error: NetworkError)]) -> [Session] {
        guard !failed.isEmpty else { return self }
        let ids = Set(failed.map(\.session.id))
        return filter { !ids.contains($0.id) }
    }
}
