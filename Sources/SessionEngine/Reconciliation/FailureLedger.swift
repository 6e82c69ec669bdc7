import NIOConcurrencyHelpers
import QualityOnDemand

/// Distinguishes a session on which the network fails from a network that fails for all.
///
/// A session is blamed for a failure under two conditions: the failed call was for this session alone, and the
/// network has programmed another session since the session's last failure. So a network that fails for all sessions
/// sets no session aside, however long the network fails.
final class FailureLedger: Sendable {
    private struct Entry {
        var attempts: Int
        /// The number of working calls at the session's last failure.
        var successes: UInt64
    }

    private struct State {
        var entries: [SessionID: Entry] = [:]
        var successes: UInt64 = 0
        /// Whether no call has worked since the last failed round.
        var isFailing = false
    }

    /// After so many blamed failures, one after the other, a session is set aside.
    static let attemptsUntilSetAside = 8
    private static let capacity = 100_000
    private let state = NIOLockedValueBox(State())

    /// Whether the network fails for all sessions, as far as is known.
    var isFailing: Bool { state.withLockedValue { $0.isFailing } }

    /// Notes that a call for these sessions worked.
    ///
    /// - Parameter isProgramming: Whether the call programmed. A network that can release may still be unable to
    ///   program.
    func worked(_ sessions: some Collection<Session>, isProgramming: Bool) {
        state.withLockedValue { state in
            state.isFailing = false
            if isProgramming { state.successes += 1 }
            guard !state.entries.isEmpty else { return }
            for session in sessions where isProgramming || state.entries[session.id]?.attempts == 0 { state.entries[session.id] = nil }
        }
    }

    /// Notes that none of a round's calls worked.
    func roundFailed() {
        state.withLockedValue { $0.isFailing = true }
    }

    /// Notes that the network failed when it was asked to program this session alone.
    ///
    /// - Returns: whether the session has reached the limit of failures.
    func failedAlone(_ id: SessionID) -> Bool {
        state.withLockedValue { state in
            guard let entry = state.entries[id] else {
                if state.entries.count < Self.capacity {
                    state.entries[id] = Entry(attempts: 1, successes: state.successes)
                }
                return false
            }
            guard entry.successes < state.successes else { return false }
            state.entries[id] = Entry(attempts: entry.attempts + 1, successes: state.successes)
            return entry.attempts + 1 >= Self.attemptsUntilSetAside
        }
    }

    /// Notes that a call for these sessions timed out: one of the sessions may be the cause.
    func doubt(_ sessions: some Collection<Session>) {
        state.withLockedValue { state in
            for session in sessions where state.entries[session.id] == nil && state.entries.count < Self.capacity {
                state.entries[session.id] = Entry(attempts: 0, successes: state.successes)
            }
        }
    }

    /// Separates the sessions for a common call from the sessions for single calls.
    ///
    /// The failing sessions with the fewest failures come first. The order among equals is random, so that a slow
    /// session does not always come before the same others.
    func parted(_ sessions: [Session]) -> (sound: [Session], failing: [Session]) {
        state.withLockedValue { state in
            guard !state.entries.isEmpty else { return (sessions, []) }
            let failing = sessions.compactMap { session in state.entries[session.id].map { (session, $0.attempts) } }
            guard !failing.isEmpty else { return (sessions, []) }
            return (sessions.filter { state.entries[$0.id] == nil }, failing.shuffled().sorted { $0.1 < $1.1 }.map(\.0))
        }
    }

    /// Removes sessions from the ledger: the work on them is done, or they are gone.
    func forget(_ ids: some Sequence<SessionID>) {
        state.withLockedValue { state in
            guard !state.entries.isEmpty else { return }
            for id in ids { state.entries[id] = nil }
        }
    }
}
