import DequeModule
import NIOConcurrencyHelpers
import QualityOnDemand

/// The sessions that the writer used last, as they are in the database. Most sessions change soon after they were
/// stored or changed, and the writer then needs no read.
///
/// For the writer's transactions only, which run one at a time. The number of sessions is bounded; the oldest is
/// removed first.
final class RecentSessions: Sendable {
    private struct State {
        var sessions: [SessionID: Session] = [:]
        var order = Deque<SessionID>()
    }

    private let state = NIOLockedValueBox(State())
    private let capacity: Int

    init(capacity: Int = 4096) {
        self.capacity = capacity
    }

    subscript(id: SessionID) -> Session? {
        state.withLockedValue { $0.sessions[id] }
    }

    /// Adds a session that was just stored or changed.
    func insert(_ session: Session) {
        state.withLockedValue { state in
            guard state.sessions.updateValue(session, forKey: session.id) == nil else { return }
            state.order.append(session.id)
            while state.order.count > capacity { state.sessions[state.order.removeFirst()] = nil }
        }
    }

    /// Updates a session. A session that was changed is recent from now on: one that ended is soon removed.
    func changed(_ session: Session, by actions: [SessionAction]) {
        guard actions.isEmpty else { return insert(session) }
        state.withLockedValue { state in
            guard let index = state.sessions.index(forKey: session.id) else { return }
            state.sessions.values[index] = session
        }
    }

    /// Removes a session that is no longer in the database. Its id stays in `order` until its turn comes.
    func remove(_ id: SessionID) {
        state.withLockedValue { $0.sessions[id] = nil }
    }

    /// Removes all sessions after a rollback, because their stored changes are undone.
    func removeAll() {
        state.withLockedValue { $0 = State() }
    }
}
