import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
public import SessionEngine
import Southbound
import Testing

/// The conformance suite *two engines over one store*: two servers share a store and a network, clients call either of
/// them, and each of them is killed, paused or stopped at random steps. In the meantime and at the end, the invariants 1
/// to 9 of the design are checked.
///
/// The order of events depends on the scheduler too, so a seed does not repeat a run exactly.
///
///     let run = TwoEngines(seed: 7) { clock in try MyStore(sharedAt: { clock.now }) }
///     try await run.run()
public final class TwoEngines: Sendable {
    /// The numbers of one run, for the author of a test.
    public struct Summary: Hashable, Sendable {
        /// How many creations were answered.
        public var created = 0
        public var kills = 0
        public var pauses = 0
        public var stops = 0
        /// How many writes the store refused because their lease had ended.
        public var refused = 0

        public static func + (a: Summary, b: Summary) -> Summary {
            Summary(
                created: a.created + b.created, kills: a.kills + b.kills, pauses: a.pauses + b.pauses, stops: a.stops + b.stops,
                refused: a.refused + b.refused)
        }

        public init(created: Int = 0, kills: Int = 0, pauses: Int = 0, stops: Int = 0, refused: Int = 0) {
            (self.created, self.kills, self.pauses, self.stops, self.refused) = (created, kills, pauses, stops, refused)
        }
    }

    struct Server {
        let engine: SessionEngine
        let courier: Courier
        let gate: StepGate
        let store: SteppedStore
        let running: Task<Void, Never>
        /// Since when the server has worked without a pause.
        var workingSince: Duration

        var isWorking: Bool { gate.isWorking && !running.isCancelled }
    }

    struct State {
        var random: SeededGenerator
        var isStormy = true
        var servers: [Server?] = [nil, nil]
        var summary = Summary()
        /// The sessions whose creation was answered, with the status of the answer.
        var answered: [SessionID: (client: ClientID, status: QoSStatus, hasSink: Bool)] = [:]
        var sessionOfKey: [String: SessionID] = [:]
        /// The calls of clients that have not returned.
        var callsUnderWay = 0
        /// The breaches of invariants that calls have found.
        var faults: [String] = []
        /// Since when the network has held something that no session wants.
        var unwantedSince: [SessionID: Duration] = [:]
    }

    let seed: UInt64
    let clock = TestClock()
    let base: any SessionStore & DeliveryStore
    let network: SharedNetwork
    let sink: SharedSink
    let watch = FenceWatch()
    let log = LogText()
    let state: NIOLockedValueBox<State>
    static let step = Duration.milliseconds(100)

    /// - Parameters:
    ///   - seed: the begin of the run's random numbers.
    ///   - lists: whether the network can list what it holds.
    ///   - makeStore: makes an empty store that servers share, whose time is the time of the clock.
    public init(
        seed: UInt64, lists: Bool = true, makeStore: (TestClock) async throws -> any SessionStore & DeliveryStore
    ) async throws {
        self.seed = seed
        base = try await makeStore(clock)
        network = SharedNetwork(lists: lists, random: SeededGenerator(seed: seed &+ 1_000_003))
        sink = SharedSink(random: SeededGenerator(seed: seed &+ 2_000_003))
        state = NIOLockedValueBox(State(random: SeededGenerator(seed: seed)))
    }

    /// Runs and checks.
    ///
    /// - Parameter steps: how many steps of 100 ms the storm lasts.
    public func run(steps: Int = 150) async throws -> Summary {
        start(0)
        start(1)
        for step in 0..<steps {
            for _ in 0..<2 { act() }
            supervise()
            try await pass()
            if step.isMultiple(of: 3) { try await checkMeanwhile() }
        }
        calm()
        var rounds = 0
        while rounds < 600 {
            let isQuiet = try await isQuiet()
            if isQuiet, state.withLockedValue({ $0.callsUnderWay == 0 }) { break }
            try await pass()
            try await checkMeanwhile()
            rounds += 1
        }
        try await checkEnd()
        for slot in 0..<2 { await stop(slot) }
        return state.withLockedValue { state in
            state.summary.refused = watch.refused
            return state.summary
        }
    }

    // MARK: Time

    /// Lets a step of time pass, and all work of this time be done.
    private func pass() async throws {
        network.report()
        clock.advance(by: Self.step)
        await workIsDone()
        let now = clock.uptime
        state.withLockedValue { state in
            for slot in state.servers.indices where state.servers[slot]?.isWorking == false { state.servers[slot]?.workingSince = now }
        }
    }

    /// Waits until no call is under way, except those of paused servers. Between two calls, a server's tasks only compute.
    private func workIsDone() async {
        var calm = 0
        for _ in 0..<2000 where calm < 3 {
            for _ in 0..<8 { await Task.yield() }
            let underWay = state.withLockedValue { $0.servers.reduce(0) { $0 + ($1?.gate.underWay ?? 0) } }
            calm = underWay == 0 ? calm + 1 : 0
            if underWay > 0 { try? await pause(for: .microseconds(50)) }
        }
    }

    // MARK: Servers

    private func start(_ slot: Int) {
        let gate = StepGate { [state] changes in
            state.withLockedValue { state in
                guard state.isStormy else { return .goOn }
                if state.random.oneIn(changes ? 60 : 600) {
                    state.summary.kills += 1
                    return .die
                }
                // An order that arrives after a long pause may be followed by no call that repairs it. Only a network that
                // can list is then repaired by the next comparison.
                guard self.network.lists, state.random.oneIn(changes ? 30 : 600) else { return .goOn }
                state.summary.pauses += 1
                return .pause
            }
        }
        let store = SteppedStore(base, gate: gate, watch: watch) { [state] in
            state.withLockedValue { state in
                guard state.isStormy, state.random.oneIn(50) else { return .none }
                return state.random.pick([.contended, .unavailable, .unknownOutcome] as [SteppedStore.Fault])
            }
        } told: { [weak self] hint in
            self?.tell(hint, except: slot)
        }
        var settings = SiteSettings()
        settings.reconcileInterval = .seconds(5)
        settings.reconcileConcurrency = 4
        settings.networkTimeout = .seconds(5)
        settings.timing = Session.Timing(giveUpAfter: 10, readableAfterEnd: 5)
        let site = EngineSite(
            network: SteppedNetwork(network: network, gate: gate), directory: SteppedDirectory(network: network, gate: gate), settings: settings)
        let logger = Logger(label: "server \(slot)") { _ in log.handler() }
        let engine = SessionEngine(store: store, sites: [site], clock: clock, logger: logger)
        var delivery = DeliveryConfiguration()
        delivery.firstDelay = .milliseconds(200)
        delivery.largestDelay = .seconds(1)
        delivery.largestHostPause = .seconds(1)
        let courier = Courier(
            store: store, sink: SteppedSink(sink: sink, gate: gate), configuration: delivery, leases: engine.leases, clock: clock, logger: logger)
        let running = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await engine.run() }
                group.addTask { try? await courier.run() }
            }
        }
        let server = Server(engine: engine, courier: courier, gate: gate, store: store, running: running, workingSince: clock.uptime)
        state.withLockedValue { $0.servers[slot] = server }
    }

    /// Tells the other servers. Some hints are lost.
    private func tell(_ hint: StoreHint, except slot: Int) {
        let others = state.withLockedValue { state in
            state.random.oneIn(10) ? [] : state.servers.enumerated().filter { $0.offset != slot }.compactMap(\.element?.store)
        }
        for other in others { other.take(hint) }
    }

    /// Revives dead servers after a while, ends pauses, and sometimes stops a server in an orderly way.
    private func supervise() {
        for slot in 0..<2 {
            let (server, choice) = state.withLockedValue { ($0.servers[slot], $0.random.int(in: 0...149)) }
            guard let server else { continue }
            if server.gate.isDead, choice < 10 {
                server.running.cancel()
                start(slot)
            } else if server.gate.isPaused, choice < 2 {
                server.gate.goOn()
            } else if server.gate.isWorking, choice == 149 {
                state.withLockedValue { $0.summary.stops += 1 }
                server.running.cancel()
                let gate = server.gate
                let running = server.running
                Task {
                    await running.value
                    gate.kill()
                }
            }
        }
    }

    /// Ends all faults.
    private func calm() {
        state.withLockedValue { $0.isStormy = false }
        for slot in 0..<2 {
            guard let server = state.withLockedValue({ $0.servers[slot] }) else { continue }
            if server.gate.isDead || server.running.isCancelled {
                server.gate.kill()
                server.running.cancel()
                start(slot)
            } else {
                server.gate.goOn()
            }
        }
    }

    private func stop(_ slot: Int) async {
        guard let server = state.withLockedValue({ $0.servers[slot] }) else { return }
        server.running.cancel()
        await server.running.value
    }
}

/// The lines of the log, to find secrets in them.
final class LogText: Sendable {
    private let text = NIOLockedValueBox("")

    func contains(_ secret: String) -> Bool { text.withLockedValue { $0.contains(secret) } }

    fileprivate func add(_ line: String) { text.withLockedValue { $0 += line + "\n" } }

    func handler() -> some LogHandler { Handler(log: self) }

    private struct Handler: LogHandler {
        let log: LogText
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.add("\(event.message) \(metadata) \(event.metadata ?? [:])")
        }
    }
}
