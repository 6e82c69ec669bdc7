import Southbound
import NIOConcurrencyHelpers

/// Whether the network holds the wanted sessions, as far as is known, and a bell that starts a comparison.
final class NetworkOrder: Sendable {
    private struct State {
        var isKept = true
        var disturbances = 0
    }

    private let state = NIOLockedValueBox(State())
    private let bell = WakeUp()

    /// Whether no fault is known.
    var isKept: Bool { state.withLockedValue { $0.isKept } }

    /// The number of disturbances so far.
    var moment: Int { state.withLockedValue { $0.disturbances } }

    /// Notes that the network reported a possible fault, and starts a comparison.
    func isDisturbed() {
        state.withLockedValue { state in
            state.isKept = false
            state.disturbances += 1
        }
        bell()
    }

    /// Notes that a comparison failed.
    func isBroken() {
        state.withLockedValue { $0.isKept = false }
    }

    /// Notes that a comparison is complete. A disturbance since its start still needs another comparison.
    func isCompared(since moment: Int) {
        state.withLockedValue { state in
            if state.disturbances == moment { state.isKept = true }
        }
    }

    /// Waits for the next disturbance, at most for `limit`.
    func waitForDisturbance(upTo limit: Duration, clock: any EngineClock) async throws {
        await bell.wait(upTo: limit, clock: clock)
        try Task.checkCancellation()
    }
}
