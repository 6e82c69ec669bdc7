import DequeModule
import NIOConcurrencyHelpers
import QualityOnDemand

/// The sessions that the writer touched last, as the database has them: most sessions change soon after they were
/// stored, and need not be read for that.
///
/// For the writer's transactions only, of which there is one at a time. Bounded; the oldest goes first.
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

    /// Takes a session that was just stored.
    func insert(_ session: Session) {
        state.withLockedValue { state in
            guard state.sessions.updateValue(session, forKey: session.id) == nil else { return }
            state.order.append(session.id)
            while state.order.count > capacity { state.sessions[state.order.removeFirst()] = nil }
        }
    }

    /// Takes a session as it is now, where it is among them.
    func update(_ session: Session) {
        state.withLockedValue { state in
            guard let index = state.sessions.index(forKey: session.id) else { return }
            state.sessions.values[index] = session
        }
    }

    /// A session is no longer in the database. Its id stays in line until its turn has come.
    func remove(_ id: SessionID) {
        state.withLockedValue { $0.sessions[id] = nil }
    }

    /// What was stored is not: a transaction was rolled back.
    func removeAll() {
        state.withLockedValue { $0 = State() }
    }
}
