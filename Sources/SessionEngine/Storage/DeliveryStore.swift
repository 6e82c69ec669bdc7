public import QualityOnDemand

/// Where the outbox is kept: which events have somewhere to go and have not arrived.
///
/// The contract that every store must keep, and that `DeliveryStoreConformance` tests:
///
/// - An event with a sink is pending from the transaction that stored it until a result says otherwise.
/// - Of each session only the first pending event is ever due; the next one is when that one was delivered or stopped.
/// - After ``DeliveryResult/Step-swift.enum/ended(_:)`` nothing of that session is due any more, whatever it stores later.
/// - No call reads more than it was asked for, however many events are pending.
public protocol DeliveryStore: Sendable {
    /// Has a function called after each transaction that stored events with a sink; it must return at once.
    func onNewEvents(_ wake: @escaping @Sendable () -> Void)

    /// The hosts to look at, those that have waited longest first, and when the next one is to be looked at.
    func dueHosts(at now: Timestamp, limit: Int) async throws(StoreError) -> (hosts: [DueHost], next: Timestamp?)

    /// The events due to each of these hosts, those due first in front.
    func dueEvents(_ wanted: [DueHost.Request], at now: Timestamp) async throws(StoreError) -> [[SessionEvent]]

    /// Keeps what became of attempts, in one transaction, and how their hosts do.
    func record(_ results: [HostResults], at now: Timestamp) async throws(StoreError)
}

/// A host, with port, to which events are due.
public struct DueHost: Hashable, Sendable {
    public let name: String
    /// How many attempts in a row found nobody there.
    public let failures: Int

    public init(name: String, failures: Int) {
        self.name = name
        self.failures = failures
    }

    /// How many of its events are wanted.
    public struct Request: Hashable, Sendable {
        public let host: String
        public let limit: Int

        public init(host: String, limit: Int) {
            self.host = host
            self.limit = limit
        }
    }
}

/// What became of the attempts at one host.
public struct HostResults: Hashable, Sendable {
    public let name: String
    public var results: [DeliveryResult]
    public var failures: Int
    /// Nothing is tried there before that time.
    public var pausedUntil: Timestamp?

    public init(name: String, results: [DeliveryResult] = [], failures: Int = 0, pausedUntil: Timestamp? = nil) {
        self.name = name
        self.results = results
        self.failures = failures
        self.pausedUntil = pausedUntil
    }
}

/// What became of one event.
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

    /// What comes next; the text is the outcome in a short word.
    public enum Step: Hashable, Sendable {
        case delivered
        case retry(at: Timestamp, String)
        /// This event is given up.
        case stopped(String)
        /// This event and whatever the session has to tell after it are given up.
        case ended(String)
    }
}

/// How far the delivery of an event has come.
public struct Delivery: Hashable, Sendable {
    public var state: State
    public var attempts: Int
    /// What became of the last attempt, in a short word such as `delivered`, `timeout` or `status-503`.
    public var lastOutcome: String?
    /// `nil` where none is planned, as for an event that waits for an earlier one.
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
