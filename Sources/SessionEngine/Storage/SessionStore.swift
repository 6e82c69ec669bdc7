public import QualityOnDemand

/// Keeps sessions.
///
/// The contract that every store must keep, and that `SessionStoreConformance` tests:
///
/// - When a call returns, its change is on disk. When a call throws, nothing was changed, not even in part.
/// - Each call is one transaction. Calls may be committed together; no call waits for others to come.
/// - The transition given to ``change(_:_:)`` runs inside the transaction, on the session as it is at that moment.
///   The transition runs again if the transaction does, so it must only compute. The same transaction stores an
///   action ``SessionAction/notify(_:)`` as an event, and removes the session for ``SessionAction/erase``.
/// - A transition that gives the session's device another key does not bring the session onto a flow that another
///   session has. Such a session stays as it was, without an action.
/// - If the store's queue is full, a call throws ``StoreError/Code/overloaded`` at once; no call waits without bound.
public protocol SessionStore: LeaseStore {
    /// Stores new sessions and new assignments. A session is not stored if its idempotency key was used before, its
    /// flow conflicts, or too many sessions live already. An assignment is not stored if its device has one already.
    /// Earlier sessions of the same call count too. The checks run in this order: key, flow, limits.
    ///
    /// A creation may be repeated with the same session after an unknown outcome. If the session is stored already, the
    /// outcome is ``SessionCreation/Outcome/created(rank:)`` again.
    ///
    /// - Returns: the outcome of each creation, in the same order.
    func create(_ creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome]

    /// Runs a transition over each of the sessions that exist, in one transaction.
    ///
    /// - Parameter fence: the lease under which background work makes the change; `nil` for the work of clients, which
    ///   needs no lease.
    /// - Returns: the sessions as they are afterwards, with the actions of the transitions, in the order of `ids`;
    ///   sessions that do not exist are left out.
    func change(
        _ ids: [SessionID], under fence: Fence?, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange]

    /// Runs a transition over sessions whose deadline has passed, the longest overdue first. Sessions that another
    /// server is changing at this moment may be left out. So any number of servers can do this at the same time.
    ///
    /// - Returns: the changes; as many as `limit` if there may be more.
    func changeDue(
        at now: Timestamp, limit: Int, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange]

    /// The sessions with work for the network of a site, in pages in the order of their ids: the network lacks the
    /// wanted state, as far as is stored, or should release something.
    func unapplied(at site: SiteName, after id: SessionID?, limit: Int) async throws(StoreError) -> [SessionID]

    /// Sets a function that takes messages about the work of other servers; the function must return at once.
    func onHints(_ take: @escaping @Sendable (StoreHint) -> Void)

    /// The sessions of those ids; sessions that do not exist are left out.
    func sessions(_ ids: [SessionID]) async throws(StoreError) -> [Session]

    /// The readable sessions that a client has for a device, oldest first; assignments are not included.
    func sessions(of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int) async throws(StoreError) -> [Session]

    /// The assignment that blocks other assignments of a device.
    func assignment(of device: DeviceKey) async throws(StoreError) -> Session?

    /// The sessions and assignments of these devices that want the network, of all clients, in pages: the ones after
    /// `place`, or the first ones.
    func sessions(of devices: [DeviceKey], after place: DevicePlace?, limit: Int) async throws(StoreError) -> DevicePage

    /// The sessions to which networks gave these handles.
    func sessions(withHandles handles: [NetworkHandle]) async throws(StoreError) -> [Session]

    /// All sessions and assignments in the order of their ids, in pages: the ones after `id`, or the first ones.
    func sessions(after id: SessionID?, limit: Int) async throws(StoreError) -> [Session]

    /// The deadlines up to and with `horizon`, soonest first.
    func deadlines(until horizon: Timestamp, limit: Int) async throws(StoreError) -> [Deadline]

    /// The events of one session, in the order in which they were stored; the events outlive the session for a while.
    func events(of id: SessionID) async throws(StoreError) -> [SessionEvent]

    /// Removes events and idempotency keys that are older than `time`, at most `limit` of each.
    ///
    /// - Returns: how many were removed.
    func forget(before time: Timestamp, limit: Int, under fence: Fence?) async throws(StoreError) -> Int

    /// Removes events before the age of ``forget(before:limit:under:)``: events that no client needs, and events above
    /// the limit.
    ///
    /// - Parameter limit: how many events are removed at most, and how many are given up at most.
    func trimEvents(_ bounds: EventBounds, limit: Int, under fence: Fence?) async throws(StoreError) -> EventTrim

    /// The warnings for an operator about a store that still works; empty if there are none.
    func warnings() -> [StoreWarning]

    /// Checks that the store can keep new data; does not wait behind other calls that read.
    ///
    /// - Throws: ``StoreError`` with the reason why not.
    func check() async throws(StoreError)

    /// Begins a run of an engine over the store; closing the store ends it.
    ///
    /// - Returns: how the run before ended. The run of a process that was killed, trapped or lost power did not end
    ///   well.
    func beginRun() async throws(StoreError) -> PreviousRun

    /// Notes that the run's start is complete: all wanted sessions were compared with all sessions in the network.
    func settleRun() async throws(StoreError)

    /// Notes sessions before a call of the network, so that the next process knows which sessions the call was for if
    /// this process ends. `finished` are the sessions of earlier calls that returned. Only called in a start after a
    /// run that did not end well.
    func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID]) async throws(StoreError)

    /// The sessions whose rows were found to be unreadable since the last call. Every answer leaves these sessions
    /// out, and has the others nevertheless.
    func takeUnreadable() -> [SessionID]

    /// The events that were found to be unreadable since the last call. They are neither answered nor delivered, and
    /// block no other events.
    func takeUnreadableEvents() -> [UnreadableEvent]
}

/// For stores that do not outlive the process, and whose rows cannot be damaged.
extension SessionStore {
    public func beginRun() async throws(StoreError) -> PreviousRun { PreviousRun() }
    public func settleRun() async throws(StoreError) {}
    public func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID]) async throws(StoreError) {}
    public func takeUnreadable() -> [SessionID] { [] }
    public func takeUnreadableEvents() -> [UnreadableEvent] { [] }
    public func trimEvents(_ bounds: EventBounds, limit: Int, under fence: Fence?) async throws(StoreError) -> EventTrim { EventTrim() }
    public func warnings() -> [StoreWarning] { [] }
}

extension SessionStore {
    /// For stores that only one server can use.
    public func onHints(_ take: @escaping @Sendable (StoreHint) -> Void) {}

    public func changeDue(
        at now: Timestamp, limit: Int, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        let due = try await deadlines(until: now, limit: limit)
        return due.isEmpty ? [] : try await change(due.map(\.session).sorted(), transition)
    }

    /// Reads all sessions: for stores with few sessions, or without an index for this question.
    public func unapplied(at site: SiteName, after id: SessionID?, limit: Int) async throws(StoreError) -> [SessionID] {
        var (found, last): ([SessionID], SessionID?) = ([], id)
        while found.count < limit {
            let page = try await sessions(after: last, limit: 500)
            found += page.lazy.filter { $0.hasWork(at: site) }.map(\.id)
            guard page.count == 500 else { break }
            last = page.last?.id
        }
        return Array(found.prefix(limit))
    }

    /// Runs a transition over each of the sessions that exist, for a client.
    public func change(
        _ ids: [SessionID], _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        try await change(ids, under: nil, transition)
    }

    /// Stores a new session, unless its flow conflicts or its idempotency key was used before.
    public func create(_ creation: SessionCreation) async throws(StoreError) -> SessionCreation.Outcome {
        try await create([creation])[0]
    }

    /// Reads a session that does not exist: the check of a store that has no better one.
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
    /// Whether the flow may overlap with the flows of the same client's other sessions for the device. An overlap
    /// with another client's session is always a conflict.
    public let allowsOverlap: Bool
    /// How many sessions may live, this one included. The transaction that stores the session counts them.
    public let limits: LiveSessionLimits

    public init(
        session: Session, idempotency: Idempotency? = nil, allowsOverlap: Bool = false, limits: LiveSessionLimits = LiveSessionLimits()
    ) {
        self.session = session
        self.idempotency = idempotency
        self.allowsOverlap = allowsOverlap
        self.limits = limits
    }

    /// The identity of a repeated request: the client's key, and a digest of the request.
    public struct Idempotency: Hashable, Sendable {
        public let key: String
        public let digest: [UInt8]
        /// An earlier use of the key counts if it was after that time.
        public let validSince: Timestamp

        public init(key: String, digest: [UInt8], validSince: Timestamp) {
            self.key = key
            self.digest = digest
            self.validSince = validSince
        }
    }

    /// The outcome of a creation.
    public enum Outcome: Hashable, Sendable {
        /// The session is stored.
        ///
        /// - Parameter rank: The rank that the store has assigned: higher than the rank of each session stored before.
        case created(rank: Int64)
        /// The flow overlaps with another session of the device.
        case conflict(with: SessionID)
        /// An earlier, identical request created this session.
        case repeated(SessionID)
        /// The key was used before for a different request.
        case keyReused
        /// The number of live sessions is at its limit.
        case limitReached(LiveSessionLimits.Kind)

        public var isCreated: Bool {
            if case .created = self { true } else { false }
        }
    }
}

/// The result of a transition.
public struct SessionChange: Hashable, Sendable {
    public let before: Session
    /// The session after the transition.
    public let session: Session
    public let actions: [SessionAction]

    public init(before: Session, session: Session, actions: [SessionAction]) {
        self.before = before
        self.session = session
        self.actions = actions
    }
}

/// The time of a session's next check.
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

/// A change of status in the outbox, with all data for its delivery: the session may be gone by then.
public struct SessionEvent: Hashable, Sendable {
    /// The event's place among the events of its session: later events have higher numbers. Among the events of several
    /// sessions, the numbers mean nothing.
    public let sequence: Int64
    /// The same id at every attempt to deliver the event.
    public let id: EventID
    public let session: SessionID
    public let change: StatusChange
    public let target: NotificationTarget?
    /// The dialect of the notification.
    public let dialect: Session.Dialect
    /// The owner of the session; `nil` if an older version stored the event.
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
