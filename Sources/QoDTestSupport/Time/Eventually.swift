import NIOCore
import NIOPosix

/// What did not come true in time.
public struct NeverCameTrue: Error {}

/// Waits until other tasks have made a condition true, giving way to them.
///
/// Looks again at once a few times, then every millisecond: many tests run beside each other, and none may take the
/// processors that the others' work needs.
public func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
    let start = ContinuousClock.now
    var looks = 0
    while try await !condition() {
        guard ContinuousClock.now - start < limit else { throw NeverCameTrue() }
        looks += 1
        if looks < 20 { await Task.yield() } else { try await pause(for: .milliseconds(1)) }
    }
}

/// Waits on an event loop's timers: on a machine that is very busy `Task.sleep`, which waits on Dispatch's, was seen to
/// last for many seconds (docs/decisions/0009), and what a test does once in a while it then does once.
public func pause(for duration: Duration) async throws {
    try Task.checkCancellation()
    let alarm = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(duration)) {}
    do {
        try await withTaskCancellationHandler { try await alarm.futureResult.get() } onCancel: { alarm.cancel() }
    } catch is EventLoopError {
        throw CancellationError()
    }
}
