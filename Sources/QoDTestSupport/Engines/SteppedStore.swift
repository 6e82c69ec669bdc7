import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine

/// The view that one server has of a store which servers share: each call is a step at which the server can stop, some
/// calls fail as those of a database behind a network do, and the other servers get hints.
final class SteppedStore: SessionStore, DeliveryStore {
    /// The faults of the way to the database.
    enum Fault {
        case none
        /// The call is not made.
        case contended, unavailable
        /// The call is made, and its outcome does not arrive.
        case unknownOutcome
    }

    private struct Listeners {
        var hints: @Sendable (StoreHint) -> Void = { _ in }
        var events: @Sendable () -> Void = {}
    }

    private let store: any SessionStore & DeliveryStore
    private let gate: StepGate
    private let fault: @Sendable () -> Fault
    private let told: @Sendable (StoreHint) -> Void
    private let watch: FenceWatch
    private let listeners = NIOLockedValueBox(Listeners())

    /// - Parameters:
    ///   - fault: the fault of the next write.
    ///   - told: takes a hint for the other servers.
    init(
        _ store: any SessionStore & DeliveryStore, gate: StepGate, watch: FenceWatch, fault: @escaping @Sendable () -> Fault,
        told: @escaping @Sendable (StoreHint) -> Void
    ) {
        self.store = store
        self.gate = gate
        self.watch = watch
        self.fault = fault
        self.told = told
    }

    /// Takes a hint of another server.
    func take(_ hint: StoreHint) {
        guard gate.isWorking else { return }
        let listeners = listeners.withLockedValue { $0 }
        listeners.hints(hint)
        if case .sessions = hint { listeners.events() }
    }

    private func read<Value>(
        changes: Bool = false, _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard let value = try await gate.call(changes: changes, body) else { throw StoreError(.closed, "the server is dead") }
        return value
    }

    private func write<Value>(_ body: () async throws(StoreError) -> Value) async throws(StoreError) -> Value {
        let fault = fault()
        return try await read(changes: true) { () async throws(StoreError) in
            switch fault {
            case .none: return try await body()
            case .contended: throw StoreError(.contended, "a made-up conflict")
            case .unavailable: throw StoreError(.unavailable, "a made-up loss of the connection")
            case .unknownOutcome:
                _ = try await body()
                throw StoreError(.unknownOutcome, "a made-up loss of the answer")
            }
        }
    }

    // MARK: Leases

    var isShared: Bool { true }

    func renew(_ claim: LeaseClaim) async throws(StoreError) -> LeaseTerm {
        try await read { () async throws(StoreError) in
            let term = try await store.renew(claim)
            watch.granted(term.fences, to: claim.server)
            return term
        }
    }

    func leave(_ server: ServerID) async throws(StoreError) {
        try await read { () async throws(StoreError) in
            try await store.leave(server)
            told(.leases)
        }
    }

    func onHints(_ take: @escaping @Sendable (StoreHint) -> Void) { listeners.withLockedValue { $0.hints = take } }

    // MARK: Writes

    func create(_ creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome] {
        try await write { () async throws(StoreError) in
            let outcomes = try await store.create(creations)
            told(.sessions(zip(creations, outcomes).filter { $1.isCreated }.map(\.0.session.id)))
            return outcomes
        }
    }

    func change(
        _ ids: [SessionID], under fence: Fence?, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        try await write { () async throws(StoreError) in
            let changes = try await watch.write(under: fence.map { [$0] } ?? []) { () async throws(StoreError) in
                try await store.change(ids, under: fence, transition)
            }
            tell(changes)
            return changes
        }
    }

    func changeDue(
        at now: Timestamp, limit: Int, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        try await write { () async throws(StoreError) in
            let changes = try await store.changeDue(at: now, limit: limit, transition)
            tell(changes)
            return changes
        }
    }

    private func tell(_ changes: [SessionChange]) {
        let ids = changes.filter { $0.before != $0.session }.map(\.session.id)
        if !ids.isEmpty { told(.sessions(ids)) }
        if changes.contains(where: { $0.session.notification != nil }) { listeners.withLockedValue { $0.events }() }
    }

    func forget(before time: Timestamp, limit: Int, under fence: Fence?) async throws(StoreError) -> Int {
        try await write { () async throws(StoreError) in try await store.forget(before: time, limit: limit, under: fence) }
    }

    func trimEvents(_ bounds: EventBounds, limit: Int, under fence: Fence?) async throws(StoreError) -> EventTrim {
        try await write { () async throws(StoreError) in try await store.trimEvents(bounds, limit: limit, under: fence) }
    }

    // MARK: Reads

    func unapplied(at site: SiteName, after id: SessionID?, limit: Int) async throws(StoreError) -> [SessionID] {
        try await read { () async throws(StoreError) in try await store.unapplied(at: site, after: id, limit: limit) }
    }

    func sessions(_ ids: [SessionID]) async throws(StoreError) -> [Session] {
        try await read { () async throws(StoreError) in try await store.sessions(ids) }
    }

    func sessions(of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int) async throws(StoreError) -> [Session] {
        try await read { () async throws(StoreError) in try await store.sessions(of: device, owner: owner, at: now, limit: limit) }
    }

    func assignment(of device: DeviceKey) async throws(StoreError) -> Session? {
        try await read { () async throws(StoreError) in try await store.assignment(of: device) }
    }

    func sessions(of devices: [DeviceKey], after place: DevicePlace?, limit: Int) async throws(StoreError) -> DevicePage {
        try await read { () async throws(StoreError) in try await store.sessions(of: devices, after: place, limit: limit) }
    }

    func sessions(withHandles handles: [NetworkHandle]) async throws(StoreError) -> [Session] {
        try await read { () async throws(StoreError) in try await store.sessions(withHandles: handles) }
    }

    func sessions(after id: SessionID?, limit: Int) async throws(StoreError) -> [Session] {
        try await read { () async throws(StoreError) in try await store.sessions(after: id, limit: limit) }
    }

    func deadlines(until horizon: Timestamp, limit: Int) async throws(StoreError) -> [Deadline] {
        try await read { () async throws(StoreError) in try await store.deadlines(until: horizon, limit: limit) }
    }

    func events(of id: SessionID) async throws(StoreError) -> [SessionEvent] {
        try await read { () async throws(StoreError) in try await store.events(of: id) }
    }

    func check() async throws(StoreError) {
        try await read { () async throws(StoreError) in try await store.check() }
    }

    // MARK: Outbox

    func onNewEvents(_ wake: @escaping @Sendable () -> Void) {
        listeners.withLockedValue { $0.events = wake }
    }

    func dueHosts(at now: Timestamp, in buckets: Set<Int>?, limit: Int) async throws(StoreError) -> (hosts: [DueHost], next: Timestamp?) {
        try await read { () async throws(StoreError) in try await store.dueHosts(at: now, in: buckets, limit: limit) }
    }

    func dueEvents(_ wanted: [DueHost.Request], at now: Timestamp) async throws(StoreError) -> [[SessionEvent]] {
        try await read { () async throws(StoreError) in try await store.dueEvents(wanted, at: now) }
    }

    func record(_ results: [HostResults], at now: Timestamp, under fences: [Fence]) async throws(StoreError) {
        try await write { () async throws(StoreError) in
            try await watch.write(under: fences) { () async throws(StoreError) in try await store.record(results, at: now, under: fences) }
        }
    }
}

/// Watches from outside that the store keeps its fences.
final class FenceWatch: Sendable {
    private struct State {
        var holders: [Fence: ServerID] = [:]
        var newest: [Shard: Int64] = [:]
        var faults: [String] = []
        var refused = 0
    }

    private let state = NIOLockedValueBox(State())

    /// The breaches of the contract.
    var faults: [String] { state.withLockedValue { $0.faults } }
    /// How many writes the store refused because their lease had ended.
    var refused: Int { state.withLockedValue { $0.refused } }

    func granted(_ fences: [Fence], to server: ServerID) {
        state.withLockedValue { state in
            for fence in fences {
                if let other = state.holders.updateValue(server, forKey: fence), other != server {
                    state.faults.append("\(other) and \(server) have the same lease of \(fence.shard)")
                }
                state.newest[fence.shard] = max(state.newest[fence.shard] ?? 0, fence.epoch)
            }
        }
    }

    /// A write whose lease had a successor before the write began must be refused.
    func write<Value>(under fences: [Fence], _ body: () async throws(StoreError) -> Value) async throws(StoreError) -> Value {
        let stale = state.withLockedValue { state in fences.filter { $0.epoch < state.newest[$0.shard] ?? 0 } }
        do {
            let value = try await body()
            if let fence = stale.first { state.withLockedValue { $0.faults.append("a write under the old lease \(fence.epoch) of \(fence.shard) was stored") } }
            return value
        } catch {
            if error.code == .fenced { state.withLockedValue { $0.refused += 1 } }
            throw error
        }
    }
}
