import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine

/// A store whose writes fail on demand; a failed write changes nothing.
final class FlakyStore: SessionStore {
    private let store: any SessionStore
    private let current = NIOLockedValueBox<StoreError?>(nil)
    private let queries = NIOLockedValueBox(0)

    private let notes = NIOLockedValueBox(0)

    /// The number of notes about trials.
    var trialNotes: Int { notes.withLockedValue { $0 } }

    /// The number of queries for deadlines.
    var deadlineQueries: Int { queries.withLockedValue { $0 } }

    init(_ store: any SessionStore) {
        self.store = store
    }

    var failure: StoreError? {
        get { current.withLockedValue { $0 } }
        set { current.withLockedValue { $0 = newValue } }
    }

    private func fail() throws(StoreError) {
        if let failure { throw failure }
    }

    func create(_ creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome] {
        try fail()
        return try await store.create(creations)
    }

    func change(
        _ ids: [SessionID], under fence: Fence?, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        try fail()
        return try await store.change(ids, under: fence, transition)
    }

    func forget(before time: Timestamp, limit: Int, under fence: Fence?) async throws(StoreError) -> Int {
        try fail()
        return try await store.forget(before: time, limit: limit, under: fence)
    }

    func sessions(_ ids: [SessionID]) async throws(StoreError) -> [Session] { try await store.sessions(ids) }
    func sessions(of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int) async throws(StoreError) -> [Session] {
        try await store.sessions(of: device, owner: owner, at: now, limit: limit)
    }
    func sessions(of devices: [DeviceKey], after place: DevicePlace?, limit: Int) async throws(StoreError) -> DevicePage {
        try fail()
        return try await store.sessions(of: devices, after: place, limit: limit)
    }
    func assignment(of device: DeviceKey) async throws(StoreError) -> Session? { try await store.assignment(of: device) }
    func sessions(withHandles handles: [NetworkHandle]) async throws(StoreError) -> [Session] {
        try fail()
        return try await store.sessions(withHandles: handles)
    }
    func sessions(after id: SessionID?, limit: Int) async throws(StoreError) -> [Session] { try await store.sessions(after: id, limit: limit) }
    func deadlines(until horizon: Timestamp, limit: Int) async throws(StoreError) -> [Deadline] {
        queries.withLockedValue { $0 += 1 }
        return try await store.deadlines(until: horizon, limit: limit)
    }
    func events(of id: SessionID) async throws(StoreError) -> [SessionEvent] { try await store.events(of: id) }

    func beginRun() async throws(StoreError) -> PreviousRun {
        try fail()
        return try await store.beginRun()
    }
    func settleRun() async throws(StoreError) {
        try fail()
        try await store.settleRun()
    }
    func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID]) async throws(StoreError) {
        try fail()
        notes.withLockedValue { $0 += 1 }
        try await store.tryOut(ids, alone: alone, finished: finished)
    }
    func takeUnreadable() -> [SessionID] { store.takeUnreadable() }
}
