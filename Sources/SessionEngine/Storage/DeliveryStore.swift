public import QualityOnDemand

/// Keeps the outbox: the events that have a sink and have not arrived.
///
/// The contract that every store must keep, and that `DeliveryStoreConformance` tests:
///
/// - An event with a sink is pending from the transaction that stored it until a result says otherwise.
/// - Of each session, only the first pending event is ever due; the next event becomes due when the first one was
///   delivered or stopped.
/// - After ``DeliveryResult/Step-swift.enum/ended(_:)``, no event of that session is due any more, also no event that
///   is stored later.
/// - No call reads more than its limit, however many events are pending.
/// - Results under a fence that is not valid any more are refused, all of the call.
public protocol DeliveryStore: Sendable {
    /// Sets a function that runs after each transaction that stored events with a sink, also of another server; the
    /// function must return at once.
    func onNewEvents(_ wake: @escaping @Sendable () -> Void)

    /// The hosts with due events, the longest waiting first, and the time at which the next host is due.
    ///
    /// - Parameter buckets: the buckets of hosts to read (see ``Shard/bucket(ofHost:)``); `nil` for all.
    func dueHosts(
        at now: Timestamp, in buckets: Set<Int>?, limit: Int
    ) async throws(StoreError) -> (hosts: [DueHost], next: Timestamp?)

    /// The due events of each of these hosts, the longest due first.
    func dueEvents(_ wanted: [DueHost.Request], at now: Timestamp) async throws(StoreError) -> [[SessionEvent]]

    /// Stores the results of attempts, and the state of their hosts, in one transaction.
    ///
    /// - Parameter fences: the leases of all buckets of these hosts; empty if the store is not shared.
    func record(_ results: [HostResults], at now: Timestamp, under fences: [Fence]) async throws(StoreError)
}

extension DeliveryStore {
    /// The hosts of all buckets with due events.
    public func dueHosts(at now: Timestamp, limit: Int) async throws(StoreError) -> (hosts: [DueHost], next: Timestamp?) {
        try await dueHosts(at: now, in: nil, limit: limit)
    }

    /// Stores results in a store that is not shared.
    public func record(_ results: [HostResults], at now: Timestamp) async throws(StoreError) {
        try await record(results, at: now, under: [])
    }
}

/// A host, with port, to which events are due.
public struct DueHost: Hashable, Sendable {
    public let name: String
    /// How many attempts in a row failed without an answer.
    public let failures: Int

    public init(name: String, failures: Int) {
        self.name = name
        self.failures = failures
    }

    /// How many of the host's events the courier wants.
    public struct Request: Hashable, Sendable {
        public let host: String
        public let limit: Int

        public init(host: String, limit: Int) {
            self.host = host
            self.limit = limit
        }
    }
}

/// The results of the attempts at one host.
public struct HostResults: Hashable, Sendable {
    public let name: String
    public var results: [DeliveryResult]
    public var failures: Int
    /// No attempt at the host starts before that time.
    public var pausedUntil: Timestamp?

    public init(name: String, results: [DeliveryResult] = [], failures: Int = 0, pausedUntil: Timestamp? = nil) {
        self.name = name
        self.results = results
        self.failures = failures
        self.pausedUntil = pausedUntil
    }
}

/// The result for one event.
public struct DeliveryResult: Hashable, Sendable {
    public let session: SessionID
    public let sequence: Int64
    /// How many attempts there were.
    public let attempts: Int
    public let step: Step

    public init(session: SessionID, sequence: Int64, attempts: Int, step: Step) {
        self.session = session
        self.sequence = sequence
        self.attempts = attempts
        self.step = step
    }

    /// The next step; the text is the outcome in a short word.
    public enum Step: Hashable, Sendable {
        case delivered
        case retry(at: Timestamp, String)
        /// This event is given up.
        case stopped(String)
        /// This event and all later events of the session are given up.
        case ended(String)
    }
}

/// The state of an event's delivery.
public struct Delivery: Hashable, Sendable {
    public var state: State
    public var attempts: Int
    /// The outcome of the last attempt, in a short word such as `delivered`, `timeout` or `status-503`.
    public var lastOutcome: String?
    /// `nil` if no attempt is planned, as for an event that waits for an earlier one.
    public var nextAttempt: Timestamp?

    public init(state: State = .none, attempts: Int = 0, lastOutcome: String? = nil, nextAttempt: Timestamp? = nil) {
        self.state = state
        self.attempts = attempts
        self.lastOutcome = lastOutcome
        self.nextAttempt = nextAttempt
    }

    public enum State: String, CaseIterable, Hashable, Sendable {
        /// The session has no sink.
        case none
        case pending
        case delivered
        /// Given up.
        case stopped
    }
}
