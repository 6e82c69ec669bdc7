import NIOCore
import NIOPosix

/// The error for a condition that did not become true in time.
public struct NeverCameTrue: Error {}

/// Waits until other tasks have made a condition true, and yields to these tasks.
///
/// The first checks follow each other at once, later checks every millisecond. Many tests run at the same time, and
/// no test must take the processors that the work of the others needs.
public func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
    let start = ContinuousClock.now
    var looks = 0
    while try await !condition() {
        guard ContinuousClock.now - start < limit else { throw NeverCameTrue() }
        looks += 1
        if looks < 20 { await Task.yield() } else { try await pause(for: .milliseconds(1)) }
    }
}

/// Waits with a timer of an event loop.
///
/// `Task.sleep` waits with Dispatch's timers. On a very busy machine such a wait lasted for many seconds
/// (docs/decisions/0009). A test then does its periodic work only once.
public func pause(for duration: Duration) async throws {
    try Task.checkCancellation()
    let alarm = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(duration)) {}
    do {
        try await withTaskCancellationHandler { try await alarm.futureResult.get() } onCancel: { alarm.cancel() }
    } catch is EventLoopError {
        throw CancellationError()
    }
}
