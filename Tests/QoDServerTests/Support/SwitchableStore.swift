import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine

/// A store whose calls all fail on demand, as with a full disk; a failed call changes nothing.
final class SwitchableStore: SessionStore {
    private let store: any SessionStore
    private let current = NIOLockedValueBox<StoreError?>(nil)

    init(_ store: any SessionStore) {
        self.store = store
    }

    var failure: StoreError? {
        get { current.withLockedValue { $0 } }
        set { current.withLockedValue { $0 = newValue } }
    }

    private func working() throws(StoreError) -> any SessionStore {
        if let failure { throw failure }
        return store
    }

    func create(_ creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome] {
        try await working().create(creations)
    }

    func change(
        _ ids: [SessionID], under fence: Fence?, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        try await working().change(ids, under: fence, transition)
    }

    func sessions(_ ids: [SessionID]) async throws(StoreError) -> [Session] {
        try await working().sessions(ids)
    }

    func sessions(of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int) async throws(StoreError) -> [Session] {
        try await working().sessions(of: device, owner: owner, at: now, limit: limit)
    }

    func sessions(of devices: [DeviceKey], after place: DevicePlace?, limit: Int) async throws(StoreError) -> DevicePage {
        try await working().sessions(of: devices, after: place, limit: limit)
    }

    func assignment(of device: DeviceKey) async throws(StoreError) -> Session? {
        try await working().assignment(of: device)
    }

    func sessions(withHandles handles: [NetworkHandle]) async throws(StoreError) -> [Session] {
        try await working().sessions(withHandles: handles)
    }
    func sessions(after id: SessionID?, limit: Int) async throws(StoreError) -> [Session] {
        try await working().sessions(after: id, limit: limit)
    }

    func deadlines(until horizon: Timestamp, limit: Int) async throws(StoreError) -> [Deadline] {
        try await working().deadlines(until: horizon, limit: limit)
    }

    func events(of id: SessionID) async throws(StoreError) -> [SessionEvent] {
        try await working().events(of: id)
    }

    func forget(before time: Timestamp, limit: Int, under fence: Fence?) async throws(StoreError) -> Int {
        try await working().forget(before: time, limit: limit, under: fence)
    }
}
