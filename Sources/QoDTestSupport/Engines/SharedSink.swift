import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine

/// The receivers of all events, for all servers.
final class SharedSink: Sendable {
    private struct State {
        var arrived: [SessionID: [SessionEvent]] = [:]
        var random: SeededGenerator
    }

    private let state: NIOLockedValueBox<State>

    init(random: SeededGenerator) {
        state = NIOLockedValueBox(State(random: random))
    }

    /// The events in the order of their arrival; an event may have arrived more than once.
    func arrived(of id: SessionID) -> [SessionEvent] {
        state.withLockedValue { $0.arrived[id] ?? [] }
    }

    fileprivate func deliver(_ event: SessionEvent) -> DeliveryOutcome {
        state.withLockedValue { state in
            if state.random.oneIn(20) { return .retry(.timeout) }
            state.arrived[event.session, default: []].append(event)
            // The event has arrived, and the answer is lost.
            return state.random.oneIn(20) ? .retry(.closed) : .delivered
        }
    }
}

/// The sink of one server: each attempt is a step at which the server can stop.
struct SteppedSink: EventSink {
    let sink: SharedSink
    let gate: StepGate

    func deliver(_ event: SessionEvent) async -> DeliveryOutcome {
        await gate.call { sink.deliver(event) } ?? .retry(.closed)
    }
}
