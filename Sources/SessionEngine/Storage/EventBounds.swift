public import QualityOnDemand

/// How long events without a sink are kept, and how many events there may be.
public struct EventBounds: Hashable, Sendable {
    /// Events without a sink are removed if they are older than that time and their session is gone.
    public var withoutSinkBefore: Timestamp
    /// The largest number of events. Above it, the oldest settled events are removed, at any age. If no event
    /// is settled, the oldest events are given up.
    public var most: Int
    /// The current time. If a notification is given up, the next event of its session becomes due at this time.
    public var now: Timestamp

    public init(withoutSinkBefore: Timestamp, most: Int, now: Timestamp) {
        self.withoutSinkBefore = withoutSinkBefore
        self.most = most
        self.now = now
    }
}

/// The result of one call of ``SessionStore/trimEvents(_:limit:)``.
public struct EventTrim: Hashable, Sendable {
    /// How many events were removed because no client needs them.
    public var unwanted = 0
    /// How many events were removed because there were too many.
    public var early = 0
    /// How many notifications were given up because there were too many.
    public var givenUp = 0
    /// How many events are stored now.
    public var stored = 0
    /// Whether the next call will find more to do at once.
    public var isMore = false

    public init() {}
}

/// A stored event with values that no version has written.
public struct UnreadableEvent: Hashable, Sendable {
    /// The event's place in the outbox.
    public let sequence: Int64
    public let session: SessionID

    public init(sequence: Int64, session: SessionID) {
        self.sequence = sequence
        self.session = session
    }
}

/// A warning about a fault that an operator should repair while the store still works.
public struct StoreWarning: Hashable, Sendable {
    public let kind: Kind
    /// The fault, and how to repair it.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The kinds of warnings. Each warning is logged once at its start and once at its end; more kinds may come.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String { case longLog, manyEvents }
        private let name: Name

        /// The write-ahead log is longer than it should be.
        public static let longLog = Kind(name: .longLog)
        /// The number of events is near its limit.
        public static let manyEvents = Kind(name: .manyEvents)

        public var description: String { name.rawValue }
    }
}
