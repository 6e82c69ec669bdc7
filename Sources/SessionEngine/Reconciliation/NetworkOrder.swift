import NIOConcurrencyHelpers

/// Whether the network holds what is wanted, as far as is known, and a bell that starts a comparison.
final class NetworkOrder: Sendable {
    private struct State {
        var isKept = true
        var disturbances = 0
    }

    private let state = NIOLockedValueBox(State())
    private let bell = WakeUp()

    /// Whether nothing is known to be wrong.
    var isKept: Bool { state.withLockedValue { $0.isKept } }

    /// Stands for all disturbances so far.
    var moment: Int { state.withLockedValue { $0.disturbances } }

    /// The network told that something may be wrong: a comparison starts.
    func isDisturbed() {
        state.withLockedValue { state in
            state.isKept = false
            state.disturbances += 1
        }
        bell()
    }

    /// A comparison failed.
    func isBroken() {
        state.withLockedValue { $0.isKept = false }
    }

    /// A comparison came to its end. A disturbance since it began is not yet put right.
    func isCompared(since moment: Int) {
        state.withLockedValue { state in
            if state.disturbances == moment { state.isKept = true }
        }
    }

    /// Waits for the next disturbance, at most so long.
    func waitForDisturbance(upTo limit: Duration, clock: any EngineClock) async throws {
        await bell.wait(upTo: limit, clock: clock)
        try Task.checkCancellation()
    }
}
