import NIOConcurrencyHelpers
public import QualityOnDemand
public import Southbound

/// A clock that stands still until a test advances it.
///
/// Wall time and monotonic time advance together. ``jump(by:)`` moves only the wall time, as an administrator does.
public final class TestClock: EngineClock {
    private struct Sleeper {
        let due: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var uptime: Duration = .zero
        var wall: Timestamp
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var nextTicket = 0
    }

    private let state: NIOLockedValueBox<State>

    /// - Parameter now: the initial wall time; by default a time in 2026.
    public init(now: Timestamp = Timestamp(milliseconds: 1_790_000_000_000)) {
        state = NIOLockedValueBox(State(wall: now))
    }

    public var now: Timestamp { state.withLockedValue { $0.wall } }
    public var uptime: Duration { state.withLockedValue { $0.uptime } }

    /// The number of sleeping tasks.
    public var sleeperCount: Int { state.withLockedValue { $0.sleepers.count } }

    /// Advances the time and wakes the tasks that are due, in the order of their deadlines.
    public func advance(by duration: Duration) {
        let due = state.withLockedValue { state in
            state.uptime += duration
            state.wall = state.wall.adding(milliseconds: Int64(duration / .milliseconds(1)))
            let due = state.sleepers.filter { $0.value.due <= state.uptime }
            for ticket in due.keys { state.sleepers[ticket] = nil }
            return due.values.sorted { $0.due < $1.due }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Moves only the wall clock.
    public func jump(by duration: Duration) {
        state.withLockedValue { $0.wall = $0.wall.adding(milliseconds: Int64(duration / .milliseconds(1))) }
    }

    public func sleep(for duration: Duration) async throws {
        let ticket = state.withLockedValue { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLockedValue { state in
                    if state.cancelled.remove(ticket) != nil { return .failure(CancellationError()) }
                    if duration <= .zero { return .success(()) }
                    state.sleepers[ticket] = Sleeper(due: state.uptime + duration, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { state in
                let sleeper = state.sleepers.removeValue(forKey: ticket)
                if sleeper == nil { state.cancelled.insert(ticket) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
