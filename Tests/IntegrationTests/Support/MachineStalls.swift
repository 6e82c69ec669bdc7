import Foundation
import NIOConcurrencyHelpers
import QualityOnDemand

/// The moments at which this machine ran nobody: a thread that wants only to look at the clock every 5 ms came late.
///
/// What others take from a shared machine is no lateness of the server's. Tests of times allow for exactly that much.
final class MachineStalls: Sendable {
    private struct Stall {
        let end: Timestamp
        let length: Duration
    }

    private struct State {
        var stalls: [Stall] = []
        var lastLook = ContinuousClock.now

        mutating func look() {
            let late = ContinuousClock.now - lastLook - MachineStalls.nap
            if late > .milliseconds(20) { stalls.append(Stall(end: .now, length: late)) }
            lastLook = .now
        }
    }

    /// It looks for as long as the tests run.
    static let watch = MachineStalls()

    private static let nap = Duration.milliseconds(5)

    private let state = NIOLockedValueBox(State())

    private init() {
        let thread = Thread { [state] in
            while true {
                usleep(5000)
                state.withLockedValue { $0.look() }
            }
        }
        thread.start()
    }

    /// How much of the time between the two the machine stood still, at most.
    func total(from start: Timestamp, to end: Timestamp) -> Duration {
        state.withLockedValue { state in
            state.look()
            return state.stalls.filter { $0.end >= start && $0.end.since(end) <= $0.length }.reduce(.zero) { $0 + $1.length }
        }
    }

    /// How late a session may end: a second, and what the machine lost since it was due.
    static func lateness(since due: Timestamp, to now: Timestamp) -> Duration {
        .seconds(1) + watch.total(from: due, to: now)
    }
}
