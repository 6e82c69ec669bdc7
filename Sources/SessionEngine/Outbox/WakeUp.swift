import Southbound
import NIOConcurrencyHelpers

/// Wakes one waiting task. A call before the wait is not lost; several calls before the wait count once.
final class WakeUp: Sendable {
    private enum State {
        case idle
        case called
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = NIOLockedValueBox(State.idle)

    func callAsFunction() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLockedValue { state in
            if case .waiting(let waiter) = state {
                state = .idle
                return waiter
            }
            state = .called
            return nil
        }
        waiter?.resume()
    }

    /// Waits for a call, at most for `limit`; a cancelled task does not wait.
    func wait(upTo limit: Duration, clock: any EngineClock) async {
        let timer = Task {
            // A cancelled sleep means that the call came first.
            if (try? await clock.sleep(for: limit)) != nil { self() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLockedValue { state in
                    if case .called = state {
                        state = .idle
                        return true
                    }
                    state = .waiting(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self()
        }
        timer.cancel()
    }
}
