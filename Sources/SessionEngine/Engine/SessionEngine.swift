public import Logging
public import QualityOnDemand
public import Southbound
public import ServiceLifecycle

/// The shell around the life cycle: takes orders, stores sessions, makes the network follow, and keeps deadlines.
///
/// The operations for clients are in `SessionEngine+Clients.swift`. `Reconciler` makes the network follow, and
/// `DeadlineKeeper` keeps deadlines. All important state is in the store: an engine may be killed at any moment, and
/// the next engine over the same store continues.
public final class SessionEngine: Service {
    public let configuration: EngineConfiguration
    public let profiles: ProfileCatalogue
    let store: any SessionStore
    let network: TimedNetwork
    let directory: any DeviceDirectory
    let clock: any EngineClock
    let answers: AnswerBoard
    let intake: Intake
    let reconciler: Reconciler
    let deadlines: DeadlineKeeper
    let logger: Logger

    public init(
        store: any SessionStore, network: any NetworkDriver, directory: any DeviceDirectory,
        profiles: ProfileCatalogue = ProfileCatalogue(), configuration: EngineConfiguration = EngineConfiguration(),
        clock: any EngineClock = SystemClock(), logger: Logger
    ) {
        self.configuration = configuration
        self.profiles = profiles
        self.store = store
        let network = TimedNetwork(network, limit: configuration.networkTimeout, clock: clock, logger: logger)
        self.network = network
        self.directory = directory
        self.clock = clock
        self.logger = logger
        let answers = AnswerBoard(clock: clock, limit: configuration.answerWait)
        let deadlines = DeadlineKeeper(store: store, configuration: configuration, clock: clock, logger: logger)
        self.answers = answers
        self.deadlines = deadlines
        self.reconciler = Reconciler(
            store: store, network: network, directory: directory, profiles: profiles, answers: answers, deadlines: deadlines,
            configuration: configuration, clock: clock, logger: logger)
        self.intake = Intake(store: store, answers: answers, reconciler: reconciler, capacity: configuration.workCapacity)
    }

    /// The wall time by which sessions live.
    public var now: Timestamp { clock.now }

    /// Works until cancelled or asked to shut down.
    public func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.reconciler.runNetwork() }
                group.addTask { try await self.reconciler.runDirectory() }
                group.addTask { try await self.reconciler.runQueue() }
                group.addTask { try await self.reconciler.runComparisons() }
                group.addTask { try await self.deadlines.run { await self.reconciler.deadlinesPassed($0, at: $1) } }
                group.addTask { try await self.runForgetting() }
                group.addTask { try await self.runStoreChecks() }
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            await reconciler.finishErasing()
        }
    }

    /// Whether the platform can do its work: the store answers, the network was compared since the start, and the
    /// network is not known to lack a session.
    public func isReady() async -> Bool {
        await reasonNotReady() == nil
    }

    /// Why the platform cannot do its work now, in words without details; `nil` if it can. The log has the details.
    public func reasonNotReady() async -> String? {
        guard reconciler.hasReachedNetwork else { return "The network was not reached since the start." }
        guard reconciler.isNetworkInOrder else { return "The network may lack something, and is being compared." }
        do {
            try await store.check()
            return nil
        } catch {
            return switch error.code {
            case .full: "The disk of the database is full."
            case .readOnly: "The database cannot be written."
            case .inUse: "Another process holds the lock of the database."
            case .unavailable: "The file of the database was deleted, replaced or truncated."
            case .corrupt: "The database is damaged."
            case .diskFailed, .uncertain: "The disk of the database fails."
            default: "The database does not answer."
            }
        }
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
