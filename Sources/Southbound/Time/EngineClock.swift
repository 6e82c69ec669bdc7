#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif
public import QualityOnDemand

/// The engine's time: wall time for stored values, monotonic time for waiting.
public protocol EngineClock: Sendable {
    /// The wall time.
    var now: Timestamp { get }
    /// Monotonic time since some fixed moment.
    var uptime: Duration { get }
    /// Waits on the monotonic clock.
    func sleep(for duration: Duration) async throws
}

/// The machine's clocks.
public struct SystemClock: EngineClock {
    private static let start = ContinuousClock.now

    public init() {}

    public var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public var uptime: Duration {
        Self.start.duration(to: .now)
    }

    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}
