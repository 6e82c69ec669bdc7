import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// The time of a shared store, so that all servers live by the same time. Between two answers of the store, the time
/// passes by this server's monotonic clock.
final class StoreClock: EngineClock {
    private let clock: any EngineClock
    /// The store's time at a moment; `nil` before the first answer.
    private let last = NIOLockedValueBox<(time: Timestamp, uptime: Duration)?>(nil)

    init(_ clock: any EngineClock) {
        self.clock = clock
    }

    /// Before the store's first answer, the time of this machine.
    var now: Timestamp {
        guard let (time, uptime) = last.withLockedValue({ $0 }) else { return clock.now }
        return time.adding(milliseconds: (clock.uptime - uptime).wholeMilliseconds)
    }

    var uptime: Duration { clock.uptime }

    func sleep(for duration: Duration) async throws {
        try await clock.sleep(for: duration)
    }

    /// Takes the store's time. A time that is earlier than the one known now does not count until it is later: the time
    /// of sessions must not go back.
    func set(_ time: Timestamp, at uptime: Duration) {
        last.withLockedValue { last in
            if let (known, then) = last {
                let now = known.adding(milliseconds: (uptime - then).wholeMilliseconds)
                // A slow answer of the store looks like an earlier time.
                guard time >= now || now.since(time) > .seconds(1) else { return }
            }
            last = (time, uptime)
        }
    }
}
