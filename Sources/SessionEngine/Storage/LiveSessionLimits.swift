/// How many sessions may live, requested or available, at the same time.
public struct LiveSessionLimits: Hashable, Sendable {
    /// Of one client; `nil` for as many as it likes.
    public var perClient: Int?
    /// Of one device, whoever created them; `nil` for as many as its flows allow.
    public var perDevice: Int?

    public init(perClient: Int? = nil, perDevice: Int? = nil) {
        self.perClient = perClient
        self.perDevice = perDevice
    }

    /// Whether there is any limit at all.
    public var isLimiting: Bool { perClient != nil || perDevice != nil }

    /// Whose sessions are counted.
    public enum Kind: Int, Hashable, Sendable {
        case client
        case device
    }
}
