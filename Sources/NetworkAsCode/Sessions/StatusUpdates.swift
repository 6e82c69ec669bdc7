import QualityOnDemand

/// The session's changes, one after the other: ``QoDSession/statusUpdates``.
///
/// Each element is the session as it is after a change of status, duration or end. The sequence ends with the session: its
/// last element is ``QoDSession/Status-swift.struct/unavailable``, and its ``QoDSession/statusInfo-swift.property`` says why.
/// Providers forget sessions that expired or were deleted. Then the last element is made from the one before: the reason
/// is ``QoDSession/StatusInfo-swift.struct/durationExpired`` where its end had come, and otherwise
/// ``QoDSession/StatusInfo-swift.struct/deleteRequested``.
///
/// It polls often at first, then less and less often up to once in 30 s, and again when the session should have ended.
///
/// It throws ``NetworkAsCodeError``, also where the task is cancelled.
public struct StatusUpdates: AsyncSequence, Sendable {
    /// The session after a change.
    public typealias Element = QoDSession

    let session: QoDSession

    /// Begins to watch from the state that the session value has.
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

        /// The session after its next change; `nil` after the element that says why it ended.
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
    /// The session as it ended, where the provider does not know it any more.
    func gone(at now: Timestamp) -> QoDSession {
        // Clocks differ: an end that is about to come counts.
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
