/// How many sessions may live, requested or available, at the same time.
public struct LiveSessionLimits: Hashable, Sendable {
    /// For one client; `nil` for no limit.
    public var perClient: Int?
    /// For one device, over all clients; `nil` for no limit but the device's flows.
    public var perDevice: Int?

    public init(perClient: Int? = nil, perDevice: Int? = nil) {
        self.perClient = perClient
        self.perDevice = perDevice
    }

    /// Whether there is any limit at all.
    public var isLimiting: Bool { perClient != nil || perDevice != nil }

    /// The kind of limit: for a client or for a device.
    public enum Kind: Int, Hashable, Sendable {
        case client
        case device
    }
}
