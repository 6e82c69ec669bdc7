public import Logging
import NIOConcurrencyHelpers
public import QualityOnDemand
public import Southbound

/// A Linux gateway between devices and services as a network: an HTB class for each session in each direction, and
/// nftables maps that lead the session's packets there.
///
/// The kernel is the memory: the programmed sessions are read from it, so a restarted process takes over the sessions
/// of the one before. The network changes only the platform's own tables, and the roots of its own interfaces with
/// the handle `4e41:`.
///
/// - Warning: Two processes must not work on one gateway at once; ``prepare()`` prevents that.
public actor LinuxNetwork: NetworkDriver {
    public nonisolated let name = "linux"
    private nonisolated let executor = BlockingExecutor("LinuxNetwork")
    var gateway: Gateway
    private var knowledge = Knowledge.unknown(recalling: [:])
    /// Sessions that were released without a request to do so, until the engine knows.
    private var evicted: [SessionID] = []
    private let watch: TrafficWatch
    let clock: any EngineClock
    let logger: Logger
    nonisolated let own = OwnChanges()
    /// The stream for reports of damage while a listener exists.
    nonisolated let listener = NIOLockedValueBox<AsyncStream<String>.Continuation?>(nil)
    /// The claims that keep other platforms in the namespace away from the same interfaces and table.
    private var claims: [GatewayClaim] = []
    /// Whether the gateway was just taken over and nothing has asked for the held sessions since.
    private var isPrepared = false
    /// The time of the last request.
    private var lastCall = Duration.zero

    /// The known state of the kernel.
    private enum Knowledge {
        case known(ServedSessions)
        /// The state at first, and after a failure.
        case unknown(recalling: [SessionID: ServedSessions.Recollection], expecting: Set<SessionID> = [])
    }

    /// How often all classes' counts are read.
    private static let watchInterval = Duration.seconds(2)
    /// After so many of these intervals the network checks for sessions without packets.
    private static let looksForSilence = 8
    /// How long there must be no request before spare classes are maintained.
    private static let quiet = Duration.milliseconds(200)

    /// Changes nothing yet; the first call takes the gateway over.
    public init(_ configuration: LinuxNetworkConfiguration, clock: any EngineClock = SystemClock(), logger: Logger = Logger(label: "nac.linux")) {
        gateway = Gateway(configuration, kernel: LinuxKernel(configuration, own: own))
        watch = TrafficWatch(configuration, own: own, clock: clock, logger: logger)
        self.clock = clock
        self.logger = logger
    }

    /// The actor has a thread of its own, because its calls wait for the kernel. No method that asks the kernel waits
    /// in between, so calls come one after the other.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Takes the gateway over, so that the start fails if that is not possible. The next inventory does not read the
    /// kernel again. The interfaces and the table are claimed first: nothing is changed if another platform has them.
    public func prepare() throws(NetworkError) {
        if claims.isEmpty { claims = try GatewayClaim.all(of: gateway.configuration) }
        try look()
        for obstacle in try gateway.obstacles() { logger.warning("Sessions get less than their guarantee", metadata: ["reason": "\(obstacle)"]) }
        isPrepared = true
    }

    /// Obeys all orders in one transaction of the kernel. If the kernel refuses that, every order fails.
    public func apply(_ orders: [Order]) async -> [Result<Answer, NetworkError>] {
        guard !orders.isEmpty else { return [] }
        do throws(NetworkError) {
            try checkTurn()
            lastCall = clock.uptime
            return try change { sessions, gateway throws(NetworkError) in
                let new = orders.count { $0.grant != nil && sessions.services[$0.session] == nil }
                try gateway.ready(new, in: &sessions.pool)
                var results: [Result<Answer, NetworkError>] = []
                for order in orders { results.append(try Self.obey(order, &sessions, gateway)) }
                return results
            }
        } catch {
            return orders.map { _ in .failure(error) }
        }
    }

    private static func obey(
        _ order: Order, _ sessions: inout ServedSessions, _ gateway: Gateway
    ) throws(NetworkError) -> Result<Answer, NetworkError> {
        let before = sessions.services[order.session]
        if let before, before.mark.generation > order.generation { return .success(.outdated) }
        guard let grant = order.grant else {
            sessions.release(order.session)
            return .success(.released)
        }
        // A session that is programmed stays so, even if its routes have changed.
        if before == nil, let reason = try gateway.refusal(of: grant) { return .failure(NetworkError(.rejected, reason)) }
        switch sessions.program(grant, mark: OrderMark(order, gateway.configuration)) {
        case .ready: return .success(.ready())
        case .refused(let reason): return .failure(NetworkError(.rejected, reason))
        }
    }

    public func inventory(after id: SessionID?, limit: Int) async throws(NetworkError) -> [Held]? {
        try checkTurn()
        // The kernel is asked anew for each list: a session that another program removed is not held, even if it is
        // known here.
        if id == nil {
            if !isPrepared { forget() }
            isPrepared = false
        }
        let configuration = gateway.configuration.fingerprint
        return try known { sessions in
            sessions.services.keys.filter { session in id.map { $0 < session } ?? true }.sorted().prefix(limit).compactMap { session in
                sessions.services[session].map { service in
                    let mark = service.mark
                    let fingerprint = mark.fingerprint == 0 ? 0 : mark.fingerprint ^ configuration
                    return Held(session: session, generation: mark.generation, fingerprint: fingerprint)
                }
            }
        }
    }

    public func traffic(of session: SessionID) async throws(NetworkError) -> SessionTraffic? {
        guard let service = try known({ $0.services[session] }) else { return nil }
        let (down, up) = (try gateway.count(of: service, .downlink), try gateway.count(of: service, .uplink))
        let rates = await watch.rates(of: service, down, up)
        return SessionTraffic(
            downlink: SessionTraffic.Count(down.since(service.earlier.downlink), rate: rates.downlink),
            uplink: SessionTraffic.Count(up.since(service.earlier.uplink), rate: rates.uplink))
    }

    /// Measures traffic, reports the sessions that had to end because the gateway has less capacity, and maintains
    /// spares.
    public nonisolated func run(report: @escaping @Sendable ([NetworkReport]) async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                for look in 0... {
                    if await hasSessions { await watch.look() }
                    if look % Self.looksForSilence == 0, case let subjects = await silenceSubjects, !subjects.isEmpty { await watch.lookForSilence(subjects) }
                    let evicted = await takeEvicted()
                    if !evicted.isEmpty { await report(evicted.map { .ended($0, reason: Self.evictionReason) }) }
                    try await tendUntil(clock.uptime + Self.watchInterval)
                }
            }
            group.addTask { [self] in
                while true {
                    try await listen(report)
                    try await clock.sleep(for: Self.watchInterval)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Continues with other capacities, or another reserve. If the guarantees no longer fit, the newest sessions end
    /// first.
    ///
    /// - Throws: ``Southbound/NetworkError`` if the kernel refused the changes; the next comparison retries.
    public func reconfigure(_ configuration: LinuxNetworkConfiguration) throws(NetworkError) {
        guard configuration != gateway.configuration else { return }
        let interfaces = Direction.allCases.map { gateway.configuration.link($0).interface }
        guard interfaces == Direction.allCases.map({ configuration.link($0).interface }), configuration.namespace == gateway.configuration.namespace,
            configuration.name == gateway.configuration.name
        else {
            throw NetworkError("the interfaces and network.name cannot be changed while the platform runs; restart it")
        }
        gateway = Gateway(configuration, kernel: LinuxKernel(configuration, own: own))
        forget()
        try look()
    }

    static let evictionReason = "The gateway can guarantee less than before, and its newest sessions had to end."

    /// A call that was cancelled before its turn must not change the engine's later requests.
    private func checkTurn() throws(NetworkError) {
        if Task.isCancelled { throw NetworkError("the call was cancelled before its turn") }
    }

    private func takeEvicted() -> [SessionID] {
        defer { evicted = [] }
        return evicted
    }

    private var hasSessions: Bool {
        if case .known(let sessions) = knowledge { !sessions.services.isEmpty } else { false }
    }

    private var silenceSubjects: [SilentSessions.Subject] {
        if case .known(let sessions) = knowledge { sessions.services.values.compactMap(SilentSessions.Subject.init) } else { [] }
    }

    // MARK: Knowing

    private func forget() {
        if case .known(let sessions) = knowledge { knowledge = .unknown(recalling: sessions.recollections) }
    }

    /// Takes the gateway over if its state is unknown.
    private func look() throws(NetworkError) {
        guard case .unknown(let earlier, let expected) = knowledge else { return }
        let found = try gateway.takeOver()
        if !expected.isSubset(of: found.services.lazy.map(\.session)) {
            // The call that found this out repairs its own session only.
            listener.withLockedValue { _ = $0?.yield("sessions disappeared from the gateway") }
        }
        var sessions = ServedSessions(found.services, spares: found.spares, recalling: earlier, gateway.configuration)
        let excess = sessions.evictExcess()
        if sessions.hasChanges { try gateway.apply(sessions.takeChanges()) }
        evicted += excess
        knowledge = .known(sessions)
    }

    private func known<Value>(_ body: (ServedSessions) -> Value) throws(NetworkError) -> Value {
        try look()
        guard case .known(let sessions) = knowledge else { preconditionFailure("the gateway was read, but its state is unknown") }
        return body(sessions)
    }

    /// Changes the programmed sessions. If an error is thrown, some changes may have been made, so the state is
    /// unknown then.
    private func change<Value>(_ body: (inout ServedSessions, Gateway) throws(NetworkError) -> Value) throws(NetworkError) -> Value {
        try look()
        guard case .known(var sessions) = knowledge else { preconditionFailure("the gateway was read, but its state is unknown") }
        // From here on there is no second reference: to copy thousands of sessions would take longer than all other
        // work.
        let recollections = sessions.recollections
        knowledge = .unknown(recalling: recollections)
        var changes: [ServedSessions.Change] = []
        let value: Value
        do throws(NetworkError) {
            value = try body(&sessions, gateway)
            changes = sessions.takeChanges()
            try gateway.apply(changes)
        } catch {
            let new = changes.compactMap { $0.before == nil ? $0.after?.session : nil }
            knowledge = .unknown(recalling: recollections, expecting: Set(sessions.services.keys).subtracting(new))
            throw error
        }
        knowledge = .known(sessions)
        return value
    }

    // MARK: Spares

    /// Maintains spare classes while there are no requests.
    private nonisolated func tendUntil(_ end: Duration) async throws {
        while case let left = end - clock.uptime, left > .zero {
            try await clock.sleep(for: min(await tend(), left))
        }
    }

    private var need: ClassPool.Need {
        if case .known(let sessions) = knowledge { sessions.pool.need } else { .nothing }
    }

    /// Takes one step of the maintenance that the pool of classes needs.
    ///
    /// - Returns: how long to wait before the next step.
    private func tend() -> Duration {
        guard need != .nothing else { return Self.watchInterval }
        let rest = lastCall + Self.quiet - clock.uptime
        guard rest <= .zero else { return rest }
        do {
            return try change { sessions, gateway throws(NetworkError) in try gateway.tend(&sessions.pool) } ? .milliseconds(1) : Self.watchInterval
        } catch {
            // The next comparison finds the damage and repairs it.
            logger.debug("A spare class could not be prepared", metadata: ["error": "\(error)"])
            return Self.watchInterval
        }
    }
}

extension SessionTraffic.Count {
    fileprivate init(_ count: TrafficCount, rate: Int?) {
        self.init(bytes: count.bytes, packets: count.packets, droppedPackets: count.dropped, rate: rate)
    }
}
