import CAMARA
import QualityOnDemand

/// The session's changes, one after the other: ``QoDSession/statusUpdates``.
///
/// Each element is the session as it is after a change of status, duration or end. The sequence ends with the session:
/// after an element that is ``QoDSession/Status-swift.enum/unavailable``, or when the provider knows it no more. It
/// asks often at first, then less and less often up to once in 30 s, and again when the session should have ended.
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

        /// The session after its next change; `nil` once it is over.
        public mutating func next() async throws -> QoDSession? {
            let time = session.core.time
            while !isOver {
                let wait = schedule.wait(
                    status: session.info.qosStatus, expiresAt: session.info.expiresAt, now: time.wallTime())
                do { try await time.sleep(wait) } catch { throw NetworkAsCodeError.cancelled }
                guard let fresh = try await refreshed() else { break }
                guard fresh != session else { continue }
                session = fresh
                schedule.reset()
                isOver = fresh.status == .unavailable
                return fresh
            }
            isOver = true
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
    /// The session's changes from now on, until it ends.
    ///
    ///     for try await session in session.statusUpdates {
    ///         print(session.status)
    ///     }
    public var statusUpdates: StatusUpdates {
        StatusUpdates(session: self)
    }
}
