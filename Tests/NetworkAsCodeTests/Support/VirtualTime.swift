import Foundation
import NetworkAsCode
import QualityOnDemand

/// A value behind a lock, for test doubles that many tasks use.
///
/// `@unchecked Sendable`: only `withLock` uses `value`, under the lock. (`Mutex` would need macOS 15.)
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }

    var current: Value { withLock { $0 } }
}

/// A clock that moves only while a task waits, and then at once.
struct VirtualTime: Sendable {
    /// 1 June 2026, 12:00 UTC.
    static let start = Timestamp(milliseconds: 1_780_315_200_000)

    private let elapsed = Locked(Duration.zero)
    /// The waits, in order.
    let waits = Locked<[Duration]>([])
    /// Called at each wait before the clock moves; the hook may suspend for as long as the test needs.
    let onWait = Locked<(@Sendable () async throws -> Void)?>(nil)

    var source: TimeSource {
        TimeSource(
            sleep: { duration in
                waits.withLock { $0.append(duration) }
                if let hook = onWait.current { try await hook() }
                // Nothing else suspends here, so a task that waits in a loop would block
                // the thread for all other tasks.
                await Task.yield()
                try Task.checkCancellation()
                elapsed.withLock { $0 += max(duration, .zero) }
            },
            uptime: { elapsed.current },
            wallTime: { now })
    }

    var now: Timestamp {
        Self.start.adding(milliseconds: Int64(elapsed.current / .milliseconds(1)))
    }

    func advance(by duration: Duration) {
        elapsed.withLock { $0 += duration }
    }
}

/// Waits until another task opens the gate.
actor Gate {
    private var isOpen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        guard !isOpen else { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    func open() {
        isOpen = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}
