import Foundation
public import Southbound

/// The clock of the demo. Its times are seconds since 1970, as in the output of the measuring programs.
public struct DemoClock: Sendable {
    private let clock: any EngineClock

    /// - Parameter clock: the clock for waiting.
    public init(_ clock: any EngineClock) {
        self.clock = clock
    }

    /// The time in seconds since 1970.
    public var now: Double { Date().timeIntervalSince1970 }

    /// Waits until a time.
    public func sleep(until time: Double) async throws {
        let rest = time - now
        try await clock.sleep(for: .milliseconds(Int(max(rest, 0) * 1000)))
    }

    /// Waits until other programs make a condition true.
    ///
    /// - Returns: whether the condition became true in time.
    func wait(upTo seconds: Double, until condition: () -> Bool) async throws -> Bool {
        let end = now + seconds
        while !condition() {
            guard now < end else { return false }
            try await clock.sleep(for: .milliseconds(20))
        }
        return true
    }
}
