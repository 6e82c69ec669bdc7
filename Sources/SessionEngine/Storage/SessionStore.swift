public import QualityOnDemand

/// Where sessions are kept.
///
/// The contract that every store must keep, and that `SessionStoreConformance` tests:
///
/// - When a call returns, what it changed is on disk. When it throws, nothing was changed, by halves either.
/// - Each call is one transaction. Calls may be committed together; none waits for others to come.
/// - The transition given to ``change(_:_:)`` runs inside the transaction, on the session as it is at that moment. It
///   may be run again if the transaction is: it must only compute. An action ``SessionAction/notify(_:)`` is stored
///   as an event in the same transaction, ``SessionAction/erase`` removes the session in it.
/// - A call that finds the store's queue full throws ``StoreError/Code/overloaded`` at once; none waits without bound.
public protocol SessionStore: Sendable {
    /// Stores new sessions, each unless its flow is taken, its idempotency key was used before, also by one before it, or too
    /// many live already; and new assignments, each unless its device has one. That is looked at in this order: key,
    /// flow, limits.
    ///
    /// - Returns: what became of each, in the same order.
    func create(_ creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome]

    /// Runs a transition over each of the sessions that exist, in one transaction.
    ///
    /// - Returns: the sessions as they are afterwards with what the transitions asked for, in the order of `ids`;
    ///   those that do not exist are left out.
    func change(
        _ ids: [SessionID], _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange]

    /// The sessions of those ids; those that do not exist are left out.
    func sessions(_ ids: [SessionID]) async throws(StoreError) -> [Session]

    /// The readable sessions that a client has for a device, oldest first; assignments are not among them.
    func sessions(of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int) async throws(StoreError) -> [Session]

    /// The assignment that keeps others off a device.
    func assignment(of device: DeviceKey) async throws(StoreError) -> Session?

    /// The sessions and assignments of these devices that want the network, whoever's they are, in pages: those after `place`, or
    /// the first.
    func sessions(of devices: [DeviceKey], after place: DevicePlace?, limit: Int) async throws(StoreError) -> DevicePage

    /// All sessions and assignments in the order of their ids, in pages: those after `id`, or the first.
    func sessions(after id: SessionID?, limit: Int) async throws(StoreError) -> [Session]

    /// The deadlines up to and with `horizon`, soonest first.
    func deadlines(until horizon: Timestamp, limit: Int) async throws(StoreError) -> [Deadline]

    /// The events after a place in the outbox, in the order in which they were stored.
    func events(after sequence: Int64, limit: Int) async throws(StoreError) -> [SessionEvent]

    /// The events of one session, in the order in which they were stored; they outlive the session for a while.
    func events(of id: SessionID) async throws(StoreError) -> [SessionEvent]

    /// Removes events and idempotency keys older than that, at most `limit` of each.
    ///
    /// - Returns: how many were removed.
    func forget(before time: Timestamp, limit: Int) async throws(StoreError) -> Int

    /// Removes events before they are as old as ``forget(before:limit:)`` wants: those that nobody waits for, and those over the bound.
    ///
    /// - Parameter limit: how many are removed, and how many are given up, at most.
    func trimEvents(_ bounds: EventBounds, limit: Int) async throws(StoreError) -> EventTrim

    /// What an operator should know of a store that works; empty where there is nothing to tell.
    func warnings() -> [StoreWarning]

    /// How many sessions there are.
    func count() async throws(StoreError) -> Int

    /// Whether the store can keep what it is given; does not wait behind other calls that read.
    ///
    /// - Throws: ``StoreError`` with the reason why not.
    func check() async throws(StoreError)

    /// Begins a run of an engine over the store; closing the store ends it.
    ///
    /// - Returns: how the run before ended. A process that was killed, trapped or lost power did not end it well.
    func beginRun() async throws(StoreError) -> PreviousRun

    /// The run's start is complete: all that is wanted was compared with all that the network holds.
    func settleRun() async throws(StoreError)

    /// Notes which sessions the network is about to be asked for, so that a process that ends in this call is known to the
    /// next one; `finished` are those of earlier calls that came back. Only called in a start after a run that did not end well.
    func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID]) async throws(StoreError)

    /// The sessions whose rows were found to be unreadable since this was last asked. They are left out of every answer, and
    /// the others are answered nevertheless.
    func takeUnreadable() -> [SessionID]

    /// The events that were found to be unreadable since this was last asked. They are neither answered nor delivered, and stop none.
    func takeUnreadableEvents() -> [UnreadableEvent]
}

/// For stores that do not outlive the process, and whose rows cannot be damaged.
extension SessionStore {
    public func beginRun() async throws(StoreError) -> PreviousRun { PreviousRun() }
    public func settleRun() async throws(StoreError) {}
    public func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID]) async throws(StoreError) {}
    public func takeUnreadable() -> [SessionID] { [] }
    public func takeUnreadableEvents() -> [UnreadableEvent] { [] }
    public func trimEvents(_ bounds: EventBounds, limit: Int) async throws(StoreError) -> EventTrim { EventTrim() }
    public func warnings() -> [StoreWarning] { [] }
}

extension SessionStore {
    /// Stores a new session, unless its flow is taken or its idempotency key was used before.
    public func create(_ creation: SessionCreation) async throws(StoreError) -> SessionCreation.Outcome {
        try await create([creation])[0]
    }

    /// Whether it can be read, where a store knows no more of itself.
    public func check() async throws(StoreError) {
        _ = try await sessions([SessionID(high: 0, low: 0)])
    }

    /// The session of that id.
    public func session(_ id: SessionID) async throws(StoreError) -> Session? {
        try await sessions([id]).first
    }
}

/// A session on its way into the store.
public struct SessionCreation: Sendable {
    public let session: Session
    public let idempotency: Idempotency?
    /// Whether the flow may overlap with those of other sessions that the same client has for the device. Another client's
    /// session is a conflict in any case.
    public let allowsOverlap: Bool
    /// How many sessions may live, this one included. Counted in the transaction that stores it.
    public let limits: LiveSessionLimits

    public init(
        session: Session, idempotency: Idempotency? = nil, allowsOverlap: Bool = false, limits: LiveSessionLimits = LiveSessionLimits()
    ) {
        self.session = session
        self.idempotency = idempotency
        self.allowsOverlap = allowsOverlap
        self.limits = limits
    }

    /// What makes a repeated request known: the client's key, and a digest of what was asked with it.
    public struct Idempotency: Hashable, Sendable {
        public let key: String
        public let digest: [UInt8]
        /// An earlier use counts if it was after that time.
        public let validSince: Timestamp

        public init(key: String, digest: [UInt8], validSince: Timestamp) {
            self.key = key
            self.digest = digest
            self.validSince = validSince
        }
    }

    /// What became of it.
    public enum Outcome: Hashable, Sendable {
        case created
        /// Another session of the device has some of the flow.
        case conflict(with: SessionID)
        /// The same request was made before and made this session.
        case repeated(SessionID)
        /// The key was used before for something else.
        case keyReused
        /// As many sessions live as may.
        case limitReached(LiveSessionLimits.Kind)
    }
}

/// What a transition made of a session.
public struct SessionChange: Hashable, Sendable {
    public let before: Session
    /// As it is afterwards.
    public let session: Session
    public let actions: [SessionAction]

    public init(before: Session, session: Session, actions: [SessionAction]) {
        self.before = before
        self.session = session
        self.actions = actions
    }
}

/// When to look at a session again.
public struct Deadline: Hashable, Comparable, Sendable {
    public let time: Timestamp
    public let session: SessionID

    public init(time: Timestamp, session: SessionID) {
        self.time = time
        self.session = session
    }

    public static func < (a: Deadline, b: Deadline) -> Bool {
        a.time != b.time ? a.time < b.time : a.session < b.session
    }
}

/// A change of status as the outbox keeps it, with all that its delivery needs: the session may be gone by then.
public struct SessionEvent: Hashable, Sendable {
    /// Its place in the outbox; grows with every event.
    public let sequence: Int64
    /// The same at every attempt to deliver it.
    public let id: EventID
    public let session: SessionID
    public let change: StatusChange
    public let target: NotificationTarget?
    /// In whose words it is told.
    public let dialect: Session.Dialect
    /// Whose session it is; `nil` where an older version stored it.
    public let owner: ClientID?
    public let delivery: Delivery

    public init(
        sequence: Int64, id: EventID, session: SessionID, change: StatusChange, target: NotificationTarget?,
        dialect: Session.Dialect = .v1, owner: ClientID? = nil, delivery: Delivery = Delivery()
    ) {
        self.sequence = sequence
        self.id = id
        self.session = session
        self.change = change
        self.target = target
        self.dialect = dialect
        self.owner = owner
        self.delivery = delivery
    }
}

/// The identity of an event, a UUID of version 7; a type of its own, so that it is not taken for a session's.
public struct EventID: Hashable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id of that time.
    public static func make(at now: Timestamp) -> EventID {
        var random = KernelRandom()
        let id = SessionID.make(at: now, using: &random)
        return EventID(high: id.high, low: id.low)
    }

    public var description: String { SessionID(high: high, low: low).description }
}
