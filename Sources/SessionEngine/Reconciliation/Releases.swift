import NIOConcurrencyHelpers
import QualityOnDemand

/// The sessions that a site's network must release because they ended by themselves: they expired, or the network ended
/// them.
///
/// Nobody waits for these releases. So a network that hangs holds a few calls and a bounded number of sessions, and the
/// deadlines of other sites' sessions are kept meanwhile.
final class Releases: Sendable {
    private struct State {
        var waiting: [Session] = []
        var running = 0
    }

    private let state = NIOLockedValueBox(State())
    private let capacity: Int
    /// How many calls are made at the same time, and for how many sessions each.
    private static let mostCalls = 4
    private static let largestCall = 2000

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Adds sessions.
    ///
    /// - Returns: the sessions for which there is no room, and whether another task should take sessions.
    func add(_ sessions: [Session]) -> (rest: ArraySlice<Session>, starts: Bool) {
        state.withLockedValue { state in
            let room = max(capacity - state.waiting.count, 0)
            state.waiting += sessions.prefix(room)
            let starts = state.running < Self.mostCalls && !state.waiting.isEmpty
            if starts { state.running += 1 }
            return (sessions.dropFirst(room), starts)
        }
    }

    /// The sessions of the next call; `nil` if none waits, and the task ends.
    func next() -> [Session]? {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            defer { state.waiting.removeFirst(min(Self.largestCall, state.waiting.count)) }
            return Array(state.waiting.prefix(Self.largestCall))
        }
    }
}
