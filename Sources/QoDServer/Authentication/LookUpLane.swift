import DequeModule
import NIOConcurrencyHelpers

/// Lets a few run at once and a few more wait, in order; whoever comes beyond that is turned away at once.
///
/// It keeps work that strangers can ask for, such as looking up guessed keys, off the lane on which clients' work is done.
final class LookUpLane: Sendable {
    private struct State {
        var running = 0
        var waiting = Deque<CheckedContinuation<Void, Never>>()
    }

    private let state = NIOLockedValueBox(State())
    private let mostRunning: Int
    private let mostWaiting: Int

    init(mostRunning: Int, mostWaiting: Int) {
        self.mostRunning = mostRunning
        self.mostWaiting = mostWaiting
    }

    /// Runs the body when it is its turn.
    ///
    /// - Returns: `nil` where too many wait already; the body was not run then.
    func run<Value: Sendable>(_ body: () async -> Value) async -> Value? {
        guard await enter() else { return nil }
        let value = await body()
        leave()
        return value
    }

    private func enter() async -> Bool {
        let hasTurn: Bool? = state.withLockedValue { state in
            if state.running < mostRunning {
                state.running += 1
                return true
            }
            return state.waiting.count < mostWaiting ? nil : false
        }
        if let hasTurn { return hasTurn }
        // Between the two looks a place may have become free, or the last place to wait may have been taken.
        var isRefused = false
        await withCheckedContinuation { continuation in
            let goesOn = state.withLockedValue { state in
                if state.running < mostRunning {
                    state.running += 1
                    return true
                }
                guard state.waiting.count < mostWaiting else {
                    isRefused = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
        return !isRefused
    }

    /// The next in line takes over the place.
    private func leave() {
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            if let next = state.waiting.popFirst() { return next }
            state.running -= 1
            return nil
        }
        next?.resume()
    }
}
