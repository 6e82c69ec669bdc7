public import QualityOnDemand

/// How long events are kept that have nowhere to go, and how many events there may be.
public struct EventBounds: Hashable, Sendable {
    /// Events without a sink are removed where they are older than that and their session is gone.
    public var withoutSinkBefore: Timestamp
    /// The most events. Beyond it the oldest that are settled are removed whatever their age; where none is settled, the oldest
    /// are given up.
    public var most: Int
    /// The time at which what waits behind a notification that is given up becomes due.
    public var now: Timestamp

    public init(withoutSinkBefore: Timestamp, most: Int, now: Timestamp) {
        self.withoutSinkBefore = withoutSinkBefore
        self.most = most
        self.now = now
    }
}

/// What one call of ``SessionStore/trimEvents(_:limit:)`` did.
public struct EventTrim: Hashable, Sendable {
    /// How many were removed because nobody waits for them.
    public var unwanted = 0
    /// How many were removed because there were too many.
    public var early = 0
    /// How many notifications were given up because there were too many.
    public var givenUp = 0
    /// How many events are stored now.
    public var stored = 0
    /// Whether the next call will find more to do at once.
    public var isMore = false

    public init() {}
}

/// A stored event that holds what no version has written.
public struct UnreadableEvent: Hashable, Sendable {
    /// Its place in the outbox.
    public let sequence: Int64
    public let session: SessionID

    public init(sequence: Int64, session: SessionID) {
        self.sequence = sequence
        self.session = session
    }
}

/// Something that an operator should do while the store still works.
public struct StoreWarning: Hashable, Sendable {
    public let kind: Kind
    /// What is the matter and what helps.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// What is told once when it begins and once when it ends; more may come.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String { case longLog, manyEvents }
        private let name: Name

        /// The write-ahead log is longer than it should be.
        public static let longLog = Kind(name: .longLog)
        /// There are nearly as many events as there may be.
        public static let manyEvents = Kind(name: .manyEvents)

        public var description: String { name.rawValue }
    }
}
