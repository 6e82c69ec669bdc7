import Logging
import QualityOnDemand
import Southbound

/// Reads the traffic of all classes every few seconds, for rates and metrics.
///
/// The watch has its own connection to the kernel and its own thread, so that no session waits while thousands of
/// classes are listed.
actor TrafficWatch {
    private nonisolated let executor = BlockingExecutor("TrafficWatch")
    private let kernel: any GatewayKernel
    private let clock: any EngineClock
    private let logger: Logger
    private let metrics = TrafficMetrics()
    private var log = TrafficLog()
    private var silence = SilentSessions()

    init(_ configuration: LinuxNetworkConfiguration, own: OwnChanges, clock: any EngineClock, logger: Logger) {
        kernel = LinuxKernel(configuration, own: own)
        self.clock = clock
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Reads the classes of all sessions.
    func look() {
        do {
            var counts: TrafficLog.Counts = [:]
            for direction in Direction.allCases {
                counts[direction] = try kernel.classes(direction).filter { ClassID.forSessions.contains($0.key.minor) }.mapValues(\.count)
            }
            metrics.add(log.record(counts, at: clock.uptime))
        } catch {
            // The next comparison finds the damage and repairs it.
            logger.debug("Traffic could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// Reports each session once whose class has had no packet although its device sends.
    ///
    /// - Returns: the reported sessions.
    @discardableResult
    func lookForSilence(_ subjects: [SilentSessions.Subject]) -> [SessionID] {
        guard !silence.areSettled(subjects) else { return [] }
        do {
            let former = silence.counted
            let sent = try kernel.sent(by: former)
            var counts: TrafficLog.Counts = [:]
            for direction in Direction.allCases { counts[direction] = try kernel.classes(direction).mapValues(\.count) }
            let (silent, devices) = silence.look(subjects, sent: sent, counts: counts)
            try kernel.count(devices, insteadOf: former)
            for subject in silent { tell(subject) }
            return silent.map(\.session)
        } catch {
            silence.forgetCounted()
            logger.debug("The devices' packets could not be counted", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func tell(_ subject: SilentSessions.Subject) {
        metrics.addSilentSession()
        logger.warning(
            "A session has had no packet in its class although its device sends",
            metadata: [
                "session": "\(subject.session)",
                "reason": "its service or ports are not those that the device uses, or the packets leave by another interface or under another address",
            ])
    }

    /// Bits per second, if known, given the traffic that a session's class has sent by now.
    func rates(of service: Service, _ downlink: TrafficCount, _ uplink: TrafficCount) -> (downlink: Int?, uplink: Int?) {
        func rate(_ direction: Direction, _ count: TrafficCount) -> Int? {
            log.rate(of: service.classID, direction, now: count, since: service.earlier[direction], at: clock.uptime)
        }
        return (rate(.downlink, downlink), rate(.uplink, uplink))
    }
}
