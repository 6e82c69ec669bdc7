import DequeModule
import NIOConcurrencyHelpers

/// Runs a few calls at once and lets a few more wait, in order; it refuses all further calls at once.
///
/// Strangers can cause some work, such as the look-up of guessed keys. The lane keeps that work apart from the work of
/// clients.
final class LookUpLane: Sendable {
    private struct State {
        var running = 0
        var refused = 0
        var waiting = Deque<CheckedContinuation<Void, Never>>()
    }

    private let state = NIOLockedValueBox(State())
    private let mostRunning: Int
    private let mostWaiting: Int

    init(mostRunning: Int, mostWaiting: Int) {
        self.mostRunning = mostRunning
        self.mostWaiting = mostWaiting
    }

    /// The calls that run or wait.
    func resource(_ name: String) -> AccessResource {
        AccessResource(name: name, limit: mostRunning + mostWaiting) { [state] in
            state.withLockedValue { (used: $0.running + $0.waiting.count, refused: $0.refused) }
        }
    }

    /// Runs the body when its turn comes.
    ///
    /// - Returns: `nil` if too many calls wait already; the body did not run in this case.
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
            guard state.waiting.count >= mostWaiting else { return nil }
            state.refused += 1
            return false
        }
        if let hasTurn { return hasTurn }
        // Since the first check, a place may be free, or another call may have taken the last place to wait.
        var isRefused = false
        await withCheckedContinuation { continuation in
            let goesOn = state.withLockedValue { state in
                if state.running < mostRunning {
                    state.running += 1
                    return true
                }
                guard state.waiting.count < mostWaiting else {
                    state.refused += 1
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

    /// Passes the place to the next call in line.
    private func leave() {
        let next = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            if let next = state.waiting.popFirst() { return next }
            state.running -= 1
            return nil
        }
        next?.resume()
    }
}
