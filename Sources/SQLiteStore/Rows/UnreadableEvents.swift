import NIOConcurrencyHelpers
import SessionEngine

/// The events that could not be read. Each answer leaves them out; the rows stay in the file; each event is reported
/// once.
///
/// The list is bounded. Answers leave out an event beyond the bound too, but the store does not report it.
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

    /// Returns the events that were found since the last call.
    func take() -> [UnreadableEvent] {
        state.withLockedValue { state in
            defer { state.unreported = [] }
            return state.unreported
        }
    }
}
