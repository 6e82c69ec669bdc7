import Logging
import QualityOnDemand

/// Keeps one session alive: creates the session, extends it, and replaces it after its end.
///
/// The keeper is level-triggered: each round reads the provider's state, compares it with the wanted
/// state, and closes the gap.
actor SessionKeeper {
    private let device: Device
    private let creation: SessionCreation
    private let onChange: @Sendable (QoDSession) async -> Void
    /// The session at the provider, as far as the keeper knows.
    private var current: QoDSession?
    /// Ids of sessions that a provider created but described in an unreadable answer.
    private var strays: [String] = []
    /// Whether the last extension moved the end. If not, the session has reached the longest duration of its profile.
    private var isExtendable = true
    /// The number of sessions in a row that ended before they became available.
    private var refusals = 0
    private var wasAvailable = true
    /// The key of the current creation, the same for all its attempts.
    private var key: String?

    init(device: Device, creation: SessionCreation, onChange: @escaping @Sendable (QoDSession) async -> Void) {
        self.device = device
        self.creation = creation
        self.onChange = onChange
    }

    private var time: TimeSource { device.core.time }
    private var logger: Logger { device.core.exchange.configuration.logger }

    /// Creates the session and waits until it is available.
    func start(timeout: Duration) async throws(NetworkAsCodeError) -> QoDSession {
        let session = try await create().waitUntilAvailable(timeout: timeout)
        (current, wasAvailable) = (session, true)
        return session
    }

    /// Keeps the session until the task is cancelled or the provider refuses permanently.
    func keep() async throws(NetworkAsCodeError) {
        var (schedule, failures) = (PollingSchedule(), 0)
        while true {
            let wait = failures > 0 ? Self.pause(after: failures) : wait(&schedule)
            do { try await time.sleep(wait) } catch { throw .cancelled }
            do {
                if try await step() { schedule.reset() }
                failures = 0
            } catch {
                guard Self.mayPass(error), !Task.isCancelled else { throw error }
                failures += 1
                logger.notice("the session is not kept at the moment", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Deletes all sessions that remain. The task's cancellation does not stop the deletion.
    func end() async {
        await Task { await release() }.value
    }

    // MARK: Rounds

    /// Performs one round.
    ///
    /// - Returns: whether the session has changed.
    private func step() async throws(NetworkAsCodeError) -> Bool {
        guard let session = current else {
            await changed(try await create())
            return true
        }
        guard let fresh = try await refreshed(session) else {
            await changed(session.gone(at: time.wallTime()), exists: false)
            return try await step()
        }
        let isOther = fresh != session
        if isOther { await changed(fresh) }
        switch fresh.status {
        case .unavailable:
            // The network ended the session. Until its deletion, the session still holds its flow.
            try await remove(fresh)
            refusals = wasAvailable ? 0 : refusals + 1
            if refusals > 0 { do { try await time.sleep(Self.pause(after: refusals)) } catch { throw .cancelled } }
            await changed(try await create())
            return true
        case .available:
            wasAvailable = true
            return try await prolonged(fresh) || isOther
        default:
            return isOther
        }
    }

    /// Extends or replaces a session that is near its end.
    private func prolonged(_ session: QoDSession) async throws(NetworkAsCodeError) -> Bool {
        guard let remaining = remaining(session), remaining <= margin else { return false }
        if isExtendable {
            let missing = Duration.seconds(max((creation.duration - remaining).components.seconds, 1))
            let longer = try await session.extend(by: missing)
            isExtendable = longer.info.expiresAt.flatMap { end in session.info.expiresAt.map { end > $0 } } ?? false
            await changed(longer)
            return true
        }
        guard remaining <= lead else { return false }
        try await remove(session)
        await changed(try await create())
        return true
    }

    private func refreshed(_ session: QoDSession) async throws(NetworkAsCodeError) -> QoDSession? {
        do { return try await session.refresh() } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    private func changed(_ session: QoDSession, exists: Bool = true) async {
        current = exists ? session : nil
        await onChange(session)
    }

    // MARK: Creating and deleting

    /// Creates a session. If an ended session of this device still holds the flow, it is deleted first.
    private func create() async throws(NetworkAsCodeError) -> QoDSession {
        (isExtendable, wasAvailable) = (true, false)
        let session: QoDSession
        do {
            session = try await sent()
        } catch {
            guard error.kind == .conflict, try await removeEnded(inConflict: error) else { throw error }
            session = try await sent()
        }
        current = session
        return session
    }

    /// Sends the creation. The task's cancellation does not stop the request, because an unknown session could remain.
    private func sent() async throws(NetworkAsCodeError) -> QoDSession {
        guard !Task.isCancelled else { throw .cancelled }
        let key = key ?? UUIDText.make(device.core.exchange.random)
        self.key = key
        let deadline = time.uptime() + device.core.exchange.configuration.requestTimeout
        let result = await Task { [creation, device] () -> Result<QoDSession, NetworkAsCodeError> in
            do throws(NetworkAsCodeError) {
                return .success(try await creation.send(for: device, key: key, deadline: deadline))
            } catch {
                return .failure(error)
            }
        }.value
        if case .failure(let error) = result, Self.mayPass(error) {} else { self.key = nil }
        if case .failure(let error) = result, let id = error.sessionID { strays.append(id) }
        // The keeper stores the session before it checks for cancellation, because the session must be deleted.
        if case .success(let session) = result { current = session }
        guard !Task.isCancelled else { throw .cancelled }
        return try result.get()
    }

    /// Deletes ended sessions that still hold the flow.
    ///
    /// - Returns: whether there were any such sessions.
    private func removeEnded(inConflict conflict: NetworkAsCodeError) async throws(NetworkAsCodeError) -> Bool {
        var sessions: [QoDSession] = []
        if let id = conflict.conflictingSessionID {
            do { sessions = [try await Sessions(core: device.core).get(id)] } catch {
                guard error.kind == .notFound else { throw error }
                return true
            }
        } else {
            sessions = try await device.sessions()
        }
        let ended = sessions.filter { $0.status == .unavailable }
        for session in ended { try await remove(session) }
        return !ended.isEmpty
    }

    private func remove(_ session: QoDSession) async throws(NetworkAsCodeError) {
        do { try await session.delete() } catch {
            guard error.kind == .notFound else { throw error }
        }
        if current?.id == session.id { current = nil }
    }

    private func release() async {
        let ids = strays + [current?.id].compactMap { $0 }
        (strays, current) = ([], nil)
        for id in ids {
            do throws(NetworkAsCodeError) {
                try await Sessions(core: device.core).delete(id)
            } catch {
                guard error.kind != .notFound else { continue }
                logger.warning("the session could not be deleted; it ends by itself", metadata: ["session": "\(id)", "error": "\(error)"])
            }
        }
    }

    // MARK: Times

    /// The remaining time at which a session is extended.
    private var margin: Duration { creation.duration / 3 }
    /// The remaining time at which a session that cannot be extended is replaced.
    private var lead: Duration { min(.seconds(2), creation.duration / 10) }

    private func remaining(_ session: QoDSession) -> Duration? {
        session.info.expiresAt.map { $0.since(time.wallTime()) }
    }

    /// The wait before the next round: until the next poll, or until the end is near.
    private func wait(_ schedule: inout PollingSchedule) -> Duration {
        guard let current else { return .zero }
        let poll = schedule.wait(status: current.status, expiresAt: current.info.expiresAt, now: time.wallTime())
        guard current.status == .available, let remaining = remaining(current) else { return poll }
        let due = remaining - (isExtendable ? margin : lead)
        return max(min(poll, due), .milliseconds(100))
    }

    private static func pause(after failures: Int) -> Duration {
        min(.seconds(1) * (1 << min(failures - 1, 5)), .seconds(30))
    }

    /// Whether the same request may succeed later.
    private static func mayPass(_ error: NetworkAsCodeError) -> Bool {
        [.connection, .timeout, .server, .rateLimited].contains(error.kind)
    }
}
