import NIOConcurrencyHelpers
import QualityOnDemand

/// Tells a session on which the network fails from a network that fails.
///
/// A session is blamed for a failure only where the network was asked for nothing else in that call, and has programmed
/// another session since the session's last failure. So a network that fails for all sets nobody aside, however long it fails.
final class FailureLedger: Sendable {
    private struct Entry {
        var attempts: Int
        /// How many calls had worked when it last failed.
        var successes: UInt64
    }

    private struct State {
        var entries: [SessionID: Entry] = [:]
        var successes: UInt64 = 0
        /// Whether no call has worked since the last that failed.
        var isFailing = false
    }

    /// How many blamed failures, one after the other, set a session aside.
    static let attemptsUntilSetAside = 8
    private static let capacity = 100_000
    private let state = NIOLockedValueBox(State())

    /// Whether the network fails for all, as far as is known.
    var isFailing: Bool { state.withLockedValue { $0.isFailing } }

    /// A call for these sessions worked.
    ///
    /// - Parameter isProgramming: Whether the call programmed; that a network can release says little of whether it can program.
    func worked(_ sessions: some Collection<Session>, isProgramming: Bool) {
        state.withLockedValue { state in
            state.isFailing = false
            if isProgramming { state.successes += 1 }
            guard !state.entries.isEmpty else { return }
            for session in sessions where isProgramming || state.entries[session.id]?.attempts == 0 { state.entries[session.id] = nil }
        }
    }

    /// None of a round's calls worked.
    func roundFailed() {
        state.withLockedValue { $0.isFailing = true }
    }

    /// The network failed when it was asked to program this session alone.
    ///
    /// - Returns: whether that was once too often.
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

    /// The network did not answer when it was asked for these together: one of them may be the cause.
    func doubt(_ sessions: some Collection<Session>) {
        state.withLockedValue { state in
            for session in sessions where state.entries[session.id] == nil && state.entries.count < Self.capacity {
                state.entries[session.id] = Entry(attempts: 0, successes: state.successes)
            }
        }
    }

    /// Parts sessions into those that may be asked for together and those that are asked for alone.
    ///
    /// Those that failed least often come first, in an order that differs each time: one that takes long must not always stand
    /// before the same others.
    func parted(_ sessions: [Session]) -> (sound: [Session], failing: [Session]) {
        state.withLockedValue { state in
            guard !state.entries.isEmpty else { return (sessions, []) }
            let failing = sessions.compactMap { session in state.entries[session.id].map { (session, $0.attempts) } }
            guard !failing.isEmpty else { return (sessions, []) }
            return (sessions.filter { state.entries[$0.id] == nil }, failing.shuffled().sorted { $0.1 < $1.1 }.map(\.0))
        }
    }

    /// The work on these sessions is done, or they are gone.
    func forget(_ ids: some Sequence<SessionID>) {
        state.withLockedValue { state in
            guard !state.entries.isEmpty else { return }
            for id in ids { state.entries[id] = nil }
        }
    }
}
