import Metrics
import NIOConcurrencyHelpers

/// How many events are stored, and how far they were looked through.
///
/// Those that an earlier process left are counted once, in pages; from then on the count follows what is stored and removed.
final class EventStock: Sendable {
    struct State {
        /// `nil` until the events of earlier processes are counted.
        var found: Int?
        /// Stored by this process.
        var added = 0
        var removed = 0
        /// The events up to here were looked through for those without a sink.
        var unwantedUpTo: Int64 = 0
        /// There are no settled events up to here.
        var settledUpTo: Int64 = 0
        /// How many there may be, as was last said.
        var most = Int.max

        var stored: Int? { found.map { $0 + added - removed } }
    }

    /// The last event that an earlier process left.
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
