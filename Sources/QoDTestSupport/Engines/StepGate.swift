import NIOConcurrencyHelpers
import SessionEngine

/// Stops one server at its steps: the begin and the end of each call of the store, of a network and of a sink.
///
/// A server that was killed does nothing any more: each of its calls fails at the next step. A paused server waits in the
/// middle of a step, as a process does after SIGSTOP, and goes on later without a notice.
final class StepGate: Sendable {
    enum Fate {
        case goOn
        case pause
        case die
    }

    private struct State {
        var isDead = false
        var isPaused = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The number of calls between their begin and their end that wait at no pause.
        var underWay = 0
    }

    private let state = NIOLockedValueBox(State())
    /// Decides at each step. The parameter says whether the call changes something.
    private let fate: @Sendable (Bool) -> Fate

    init(fate: @escaping @Sendable (Bool) -> Fate) {
        self.fate = fate
    }

    var isDead: Bool { state.withLockedValue { $0.isDead } }
    var isPaused: Bool { state.withLockedValue { $0.isPaused } }
    var isWorking: Bool { state.withLockedValue { !$0.isDead && !$0.isPaused } }
    /// How many calls are under way, paused ones not counted.
    var underWay: Int { state.withLockedValue { $0.underWay } }

    /// One call: a step, the call itself, and another step.
    ///
    /// - Parameter changes: whether the call changes something in the store or in the network. Servers stop more often at
    ///   such calls.
    /// - Returns: `nil` if the server died before or after the call. After the call, the call has had its effect.
    func call<Value, Failure: Error>(changes: Bool = false, _ body: () async throws(Failure) -> Value) async throws(Failure) -> Value? {
        state.withLockedValue { $0.underWay += 1 }
        defer { state.withLockedValue { $0.underWay -= 1 } }
        guard await step(changes) else { return nil }
        let value = try await body()
        return await step(changes) ? value : nil
    }

    func kill() { resume { $0.isDead = true } }
    func goOn() { resume { $0.isPaused = false } }
    func pause() { state.withLockedValue { $0.isPaused = true } }

    private func resume(_ change: (inout State) -> Void) {
        let waiting = state.withLockedValue { state in
            change(&state)
            defer { state.waiting = [] }
            state.underWay += state.waiting.count
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// - Returns: whether the server lives.
    private func step(_ changes: Bool) async -> Bool {
        switch fate(changes) {
        case .goOn: break
        case .pause: pause()
        case .die: kill()
        }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLockedValue { state in
                if state.isPaused, !state.isDead {
                    state.waiting.append(continuation)
                    state.underWay -= 1
                    return false
                }
                return true
            }
            if goesOn { continuation.resume() }
        }
        return !isDead
    }
}
