public import QualityOnDemand

/// A page of the sessions of devices.
public struct DevicePage: Hashable, Sendable {
    public var sessions: [SessionID]
    /// The start of the next page; `nil` if this page is the last one.
    public var next: DevicePlace?

    public init(sessions: [SessionID], next: DevicePlace?) {
        self.sessions = sessions
        self.next = next
    }
}

/// A place among the sessions of devices: directly after the session named here.
public struct DevicePlace: Hashable, Sendable {
    public let device: DeviceKey
    public let owner: ClientID
    public let session: SessionID

    public init(device: DeviceKey, owner: ClientID, session: SessionID) {
        self.device = device
        self.owner = owner
        self.session = session
    }
}
