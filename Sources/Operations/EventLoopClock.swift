public import NIOCore
public import QualityOnDemand
public import Southbound

/// The machine's clocks, with waits on an event loop.
///
/// Even for tasks on the event loops (docs/decisions/0009), `Task.sleep` waits on Dispatch's timers. With these
/// timers, a wait of 50 ms took seconds on a busy machine. An event loop's own timers do not have this fault.
public struct EventLoopClock: EngineClock {
    private let group: any EventLoopGroup
    private let system = SystemClock()

    public init(group: any EventLoopGroup) {
        self.group = group
    }

    public var now: Timestamp { system.now }

    public var uptime: Duration { system.uptime }

    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let alarm = group.any().scheduleTask(in: TimeAmount(duration)) {}
        do {
            try await withTaskCancellationHandler { try await alarm.futureResult.get() } onCancel: { alarm.cancel() }
        } catch is EventLoopError {
            throw CancellationError()
        }
    }
}
