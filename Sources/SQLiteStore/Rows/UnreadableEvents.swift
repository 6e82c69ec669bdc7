import NIOConcurrencyHelpers
import SessionEngine

/// The events that could not be read: each is left out of every answer, stays where it is, and is reported once.
///
/// Bounded; an event beyond the bound is left out as well, but not reported.
final class UnreadableEvents: Sendable {
    private struct State {
        var known: Set<Int64> = []
        var unreported: [UnreadableEvent] = []
    }

    private let state = NIOLockedValueBox(State())
    private let capacity = 10_000

    func note(_ event: UnreadableEvent) {
        state.withLockedValue { state in
            guard state.known.count < capacity, state.known.insert(event.sequence).inserted else { return }
            state.unreported.append(event)
        }
    }

    /// Those that were found since this was last asked.
    func take() -> [UnreadableEvent] {
        state.withLockedValue { state in
            defer { state.unreported = [] }
            return state.unreported
        }
    }
}
