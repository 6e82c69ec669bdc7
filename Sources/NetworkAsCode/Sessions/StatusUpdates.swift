import QualityOnDemand

/// The session's changes, one after the other: ``QoDSession/statusUpdates``.
///
/// Each element is the session after a change of status, duration or end. The sequence ends with the session. The
/// status of the last element is ``QoDSession/Status-swift.struct/unavailable``, and its
/// ``QoDSession/statusInfo-swift.property`` gives the reason.
///
/// Providers forget sessions that expired or were deleted. In this case the last element is made from the element
/// before. The reason is ``QoDSession/StatusInfo-swift.struct/durationExpired`` if the end had come, and otherwise
/// ``QoDSession/StatusInfo-swift.struct/deleteRequested``.
///
/// The sequence polls often at first, then less and less often down to once in 30 s, and again when the
/// session should have ended.
///
/// The sequence throws ``NetworkAsCodeError``, also if the task is cancelled.
public struct StatusUpdates: AsyncSequence, Sendable {
    /// The session after a change.
    public typealias Element = QoDSession

    let session: QoDSession

    /// Starts with the state of the session value.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(session: session)
    }

    /// Watches a session.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var session: QoDSession
        private var schedule = PollingSchedule()
        private var isOver: Bool

        init(session: QoDSession) {
            self.session = session
            isOver = session.status == .unavailable
        }

        /// The session after its next change; `nil` after the element with the reason of the end.
        public mutating func next() async throws -> QoDSession? {
            let time = session.core.time
            while !isOver {
                let wait = schedule.wait(
                    status: session.status, expiresAt: session.info.expiresAt, now: time.wallTime())
                do { try await time.sleep(wait) } catch { throw NetworkAsCodeError.cancelled }
                let fresh = try await refreshed() ?? session.gone(at: time.wallTime())
                guard fresh != session else { continue }
                session = fresh
                schedule.reset()
                isOver = fresh.status == .unavailable
                return fresh
            }
            return nil
        }

        private func refreshed() async throws(NetworkAsCodeError) -> QoDSession? {
            do {
                return try await session.refresh()
            } catch {
                guard error.kind == .notFound else { throw error }
                return nil
            }
        }
    }
}

extension QoDSession {
    /// The ended session, if the provider no longer knows the session.
    func gone(at now: Timestamp) -> QoDSession {
        // Clocks differ, so an end that is about to come counts as passed.
        let hasExpired = info.expiresAt.map { $0.since(now) <= .seconds(2) } ?? false
        return ended(hasExpired ? .durationExpired : .deleteRequested, at: hasExpired ? nil : now)
    }

    /// The session's changes from now on, until it ends.
    ///
    ///     for try await session in session.statusUpdates {
    ///         print(session.status)
    ///     }
    public var statusUpdates: StatusUpdates {
        StatusUpdates(session: self)
    }
}
