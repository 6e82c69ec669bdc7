import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine
import Southbound

/// A sink that follows a test's script and records the received events.
final class ScriptedSink: EventSink {
    struct Attempt: Sendable {
        let event: SessionEvent
        let uptime: Duration
    }

    private struct State {
        var attempts: [Attempt] = []
        var running: [String: Int] = [:]
        var mostAtOnce: [String: Int] = [:]
        var mostInAll = 0
        var held: [String: [CheckedContinuation<Void, Never>]] = [:]
        var holds: Set<String> = []
    }

    private let state = NIOLockedValueBox(State())
    private let clock: any EngineClock
    private let script: @Sendable (SessionEvent, Int) -> DeliveryOutcome

    /// - Parameter script: The outcome of the n-th attempt to deliver an event, counted from 1.
    init(clock: any EngineClock, _ script: @escaping @Sendable (SessionEvent, Int) -> DeliveryOutcome = { _, _ in .delivered }) {
        self.clock = clock
        self.script = script
    }

    var attempts: [Attempt] { state.withLockedValue { $0.attempts } }
    var mostInAll: Int { state.withLockedValue { $0.mostInAll } }
    func mostAtOnce(_ host: String) -> Int { state.withLockedValue { $0.mostAtOnce[host] ?? 0 } }
    func runningAt(_ host: String) -> Int { state.withLockedValue { $0.running[host] ?? 0 } }

    /// Attempts at this host do not end until `release`.
    func hold(_ host: String) {
        state.withLockedValue { _ = $0.holds.insert(host) }
    }

    func release(_ host: String) {
        let held = state.withLockedValue { state in
            state.holds.remove(host)
            return state.held.removeValue(forKey: host) ?? []
        }
        for one in held { one.resume() }
    }

    func deliver(_ event: SessionEvent) async -> DeliveryOutcome {
        let host = event.target?.host ?? ""
        let number = state.withLockedValue { state in
            state.attempts.append(Attempt(event: event, uptime: clock.uptime))
            state.running[host, default: 0] += 1
            state.mostAtOnce[host] = max(state.mostAtOnce[host] ?? 0, state.running[host] ?? 0)
            state.mostInAll = max(state.mostInAll, state.running.values.reduce(0, +))
            return state.attempts.count { $0.event.id == event.id }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLockedValue { state in
                    guard state.holds.contains(host), !Task.isCancelled else { return false }
                    state.held[host, default: []].append(continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            release(host)
        }
        state.withLockedValue { $0.running[host, default: 0] -= 1 }
        return script(event, number)
    }
}
