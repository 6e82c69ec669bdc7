import Logging
import SessionEngine

/// Looks at what all classes have sent, every few seconds: for rates, and for the metrics.
///
/// It has its own way to the kernel and its own thread, so that no session waits while thousands of classes are listed.
actor TrafficWatch {
    private nonisolated let executor = BlockingExecutor("TrafficWatch")
    private let kernel: any GatewayKernel
    private let clock: any EngineClock
    private let logger: Logger
    private let metrics = TrafficMetrics()
    private var log = TrafficLog()

    init(_ configuration: LinuxNetworkConfiguration, clock: any EngineClock, logger: Logger) {
        kernel = LinuxKernel(configuration)
        self.clock = clock
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Looks at all classes of sessions.
    func look() {
        do {
            var counts: TrafficLog.Counts = [:]
            for direction in Direction.allCases {
                counts[direction] = try kernel.classes(direction).filter { ClassID.forSessions.contains($0.key.minor) }.mapValues(\.count)
            }
            metrics.add(log.record(counts, at: clock.uptime))
        } catch {
            // The next comparison finds out what is wrong, and mends it.
            logger.debug("Traffic could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// Bits per second, as far as they are known, where a session's class has by now sent so much.
    func rates(of service: Service, _ downlink: TrafficCount, _ uplink: TrafficCount) -> (downlink: Int?, uplink: Int?) {
        func rate(_ direction: Direction, _ count: TrafficCount) -> Int? {
            log.rate(of: service.classID, direction, now: count, since: service.earlier[direction], at: clock.uptime)
        }
        return (rate(.downlink, downlink), rate(.uplink, uplink))
    }
}
