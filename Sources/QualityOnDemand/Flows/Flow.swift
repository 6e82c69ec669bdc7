/// The part of a device's traffic that a session is for: all packets to and from these addresses and ports.
public struct Flow: Hashable, Sendable {
    public let applicationServer: ApplicationServer
    /// Ports at the service; `nil` means all.
    public let applicationServerPorts: PortsSpec?
    /// Ports at the device; `nil` means all.
    public let devicePorts: PortsSpec?

    public init(applicationServer: ApplicationServer, applicationServerPorts: PortsSpec? = nil, devicePorts: PortsSpec? = nil) {
        self.applicationServer = applicationServer
        self.applicationServerPorts = applicationServerPorts
        self.devicePorts = devicePorts
    }

    /// Whether a packet of one device could belong to both flows.
    public func overlaps(_ other: Flow) -> Bool {
        let sharesAddress = applicationServer.addresses.contains { mine in
            other.applicationServer.addresses.contains { mine.subnet.overlaps($0.subnet) }
        }
        return sharesAddress
            && Self.overlap(applicationServerPorts, other.applicationServerPorts)
            && Self.overlap(devicePorts, other.devicePorts)
    }

    private static func overlap(_ a: PortsSpec?, _ b: PortsSpec?) -> Bool {
        guard a != nil, b != nil else { return true }
        return PortSet(a).overlaps(PortSet(b))
    }
}
