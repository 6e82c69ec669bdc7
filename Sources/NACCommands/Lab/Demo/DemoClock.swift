import Foundation
import SessionEngine

/// The demo's time: seconds since 1970, as the measuring programs tell theirs, and waiting.
struct DemoClock: Sendable {
    private let clock: any EngineClock

    init(_ clock: (any EngineClock)?) {
        self.clock = clock ?? SystemClock()
    }

    var now: Double { Date().timeIntervalSince1970 }

    func sleep(until time: Double) async throws {
        let rest = time - now
        try await clock.sleep(for: .milliseconds(Int(max(rest, 0) * 1000)))
    }

    /// Waits until a condition holds that other programs bring about.
    ///
    /// - Returns: whether it came true in time.
    func wait(upTo seconds: Double, until condition: () -> Bool) async throws -> Bool {
        let end = now + seconds
        while !condition() {
            guard now < end else { return false }
            try await clock.sleep(for: .milliseconds(20))
        }
        return true
    }
}
