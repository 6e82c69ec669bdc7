package import QualityOnDemand
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The SDK's only source of time, so that tests can inject another one.
package struct TimeSource: Sendable {
    /// Waits. If the task is cancelled, the wait ends early and throws.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Time that never goes backwards, since some moment; for waiting.
    package var uptime: @Sendable () -> Duration
    /// Wall time, for comparison with times from servers.
    package var wallTime: @Sendable () -> Timestamp

    package init(
        sleep: @escaping @Sendable (Duration) async throws -> Void, uptime: @escaping @Sendable () -> Duration,
        wallTime: @escaping @Sendable () -> Timestamp
    ) {
        self.sleep = sleep
        self.uptime = uptime
        self.wallTime = wallTime
    }

    /// The machine's time.
    package static let system: TimeSource = {
        let start = ContinuousClock.now
        return TimeSource(
            sleep: { try await Task.sleep(for: $0) },
            uptime: { ContinuousClock.now - start },
            wallTime: { Timestamp(Date()) })
    }()
}

extension Timestamp {
    /// The moment, cut to the millisecond and to the years that RFC 3339 can write.
    init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded(.down)
        self.init(milliseconds: Int64(min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)))
    }
}

extension Date {
    init(_ timestamp: Timestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.milliseconds) / 1000)
    }
}

extension Duration {
    /// A random fraction of the duration, with 53 bits: from zero to just below the whole.
    func fraction(random: UInt64) -> Duration {
        self * (Double(random >> 11) / Double(UInt64(1) << 53))
    }
}
