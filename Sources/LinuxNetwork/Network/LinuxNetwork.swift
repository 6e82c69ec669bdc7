import Dispatch
public import Logging
public import SessionEngine
public import QualityOnDemand

/// A Linux gateway between devices and services as a network: an HTB class for each session in each direction, and
/// nftables maps that lead its packets there.
///
/// The kernel is the memory: what is held is read from it, so a process that starts anew takes over what the one
/// before it left. Only the table `inet nac` and roots with the handle `4e41:` are ever touched.
///
/// - Warning: Two processes must not work on one gateway at once.
public actor LinuxNetwork: NetworkDriver {
    public nonisolated let name = "linux"
    private nonisolated let executor = BlockingExecutor()
    private var gateway: Gateway
    /// Sessions that were let go of without having been asked to, until the engine knows.
    private var evicted: [SessionID] = []
    private let clock: any EngineClock
    private let logger: Logger
    private let metrics = TrafficMetrics()
    private var traffic = TrafficLog()
    /// `nil` where what the kernel has is not known: at first, and after a failure.
    private var sessions: ServedSessions?
    /// The last that was known.
    private var remembered: ServedSessions?

    /// How often all classes' counts are read.
    private static let watchInterval = Duration.seconds(2)

    /// Touches nothing yet; the gateway is taken over by the first call.
    public init(_ configuration: LinuxNetworkConfiguration, clock: any EngineClock = SystemClock(), logger: Logger = Logger(label: "nac.linux")) {
        gateway = Gateway(configuration, kernel: LinuxKernel(configuration))
        self.clock = clock
        self.logger = logger
    }

    /// The tools are waited for, and that on no thread that others need. As no method waits in between, calls come
    /// one after the other.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public func program(_ grants: [Grant]) async throws(NetworkError) -> [GrantAnswer] {
        guard !grants.isEmpty else { return [] }
        var sessions = try known()
        let answers = grants.map { sessions.program($0) }
        try apply(&sessions)
        return answers
    }

    public func release(_ ids: [SessionID]) async throws(NetworkError) {
        guard !ids.isEmpty else { return }
        var sessions = try known()
        for id in ids { sessions.release(id) }
        try apply(&sessions)
    }

    public func held() async throws(NetworkError) -> [SessionID] {
        // Asked anew each time: what somebody else took away is not held, whatever is remembered here.
        sessions = nil
        return try known().services.keys.sorted { $0.description < $1.description }
    }

    /// Watches how much is sent, and tells which sessions had to go when the gateway was given less.
    public nonisolated func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        while true {
            await watch()
            let evicted = await takeEvicted()
            if !evicted.isEmpty { await report(evicted.map { .ended($0) }) }
            try await clock.sleep(for: Self.watchInterval)
        }
    }

    public func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic? {
        guard let id = try known().services[session]?.classID else { return nil }
        return SessionTraffic(downlink: try count(id, .downlink), uplink: try count(id, .uplink))
    }

    private func count(_ id: ClassID, _ direction: Direction) throws(NetworkError) -> SessionTraffic.Count {
        let count = try gateway.count(of: id, direction)
        return SessionTraffic.Count(
            bytes: count.bytes, packets: count.packets, droppedPackets: count.dropped,
            rate: traffic.rate(of: id, direction, now: count, at: clock.uptime))
    }

    private func watch() {
        guard let sessions, !sessions.services.isEmpty else { return }
        do {
            let ids = Set(sessions.services.values.map(\.classID))
            metrics.add(traffic.record(try gateway.counts().mapValues { $0.filter { ids.contains($0.key) } }, at: clock.uptime))
        } catch {
            // The next comparison finds out what is wrong, and mends it.
            logger.debug("Traffic could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// Goes on with other capacities, or another reserve. Where less can be guaranteed than is, the newest sessions lose first.
    ///
    /// - Throws: ``SessionEngine/NetworkError`` where the kernel did not take it; the next comparison tries again.
    public func reconfigure(_ configuration: LinuxNetworkConfiguration) throws(NetworkError) {
        guard configuration != gateway.configuration else { return }
        let interfaces = Direction.allCases.map { gateway.configuration.link($0).interface }
        guard interfaces == Direction.allCases.map({ configuration.link($0).interface }), configuration.namespace == gateway.configuration.namespace else {
            throw NetworkError("the interfaces cannot be changed while the platform runs; restart it")
        }
        gateway = Gateway(configuration, kernel: LinuxKernel(configuration))
        sessions = nil
        _ = try known()
    }

    private func takeEvicted() -> [SessionID] {
        defer { evicted = [] }
        return evicted
    }

    private func known() throws(NetworkError) -> ServedSessions {
        if let sessions { return sessions }
        var sessions = ServedSessions(try gateway.takeOver(), recalling: remembered, gateway.configuration)
        let excess = sessions.evictExcess()
        if sessions.hasChanges { try apply(&sessions) }
        evicted += excess
        self.sessions = sessions
        remembered = sessions
        return sessions
    }

    private func apply(_ wanted: inout ServedSessions) throws(NetworkError) {
        let changes = wanted.takeChanges()
        for change in changes where change.before == nil { if let id = change.after?.classID { traffic.forget(id) } }
        sessions = nil
        try gateway.apply(changes)
        sessions = wanted
        remembered = wanted
    }
}

/// A thread of its own for work that blocks.
private final class BlockingExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "LinuxNetwork")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
