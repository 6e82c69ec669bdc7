import Metrics
import NIOConcurrencyHelpers

/// The number of stored events, and the progress of the walk through them.
///
/// The store counts the events of earlier processes once, in pages. From then on the count follows each event that is
/// stored or removed.
final class EventStock: Sendable {
    struct State {
        /// The events of earlier processes; `nil` until the store has counted them.
        var found: Int?
        /// The events that this process stored, and all that it removed.
        var added = 0
        var removed = 0
        /// The walk through the events without a sink has reached this sequence.
        var unwantedUpTo: Int64 = 0
        /// No settled event has this sequence or a lower one.
        var settledUpTo: Int64 = 0
        /// The bound that the last call named.
        var most = Int.max

        var stored: Int? { found.map { $0 + added - removed } }
    }

    /// The sequence of the last event of an earlier process.
    let first: Int64
    private let state = NIOLockedValueBox(State())
    private let gauge = Gauge(label: "nac_store_events")

    init(first: Int64) {
        self.first = first
        gauge.record(Double.nan)
        if first == 0 { found(0) }
    }

    var current: State { state.withLockedValue { $0 } }

    func found(_ count: Int) {
        update { $0.found = count }
    }

    func added(_ count: Int) {
        update { $0.added += count }
    }

    func removed(_ count: Int) {
        update { $0.removed += count }
    }

    func note(_ change: (inout State) -> Void) {
        state.withLockedValue(change)
    }

    private func update(_ change: (inout State) -> Void) {
        let stored = state.withLockedValue { state in
            change(&state)
            return state.stored
        }
        if let stored { gauge.record(stored) }
    }
}
