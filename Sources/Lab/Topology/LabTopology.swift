public import QualityOnDemand

/// The structure of a lab: places, addresses and rates.
///
///     device-1 … ── cell ── ran0 gateway wan0 ── uplink ── service
///
/// In each direction, the bottleneck comes after the interface that the platform programs. If the gateway shapes a
/// little below the bottleneck's rate, the gateway decides which packets wait. If the gateway does not shape, the
/// bottleneck decides.
public struct LabTopology: Hashable, Codable, Sendable {
    /// The number of devices.
    public var devices = 4
    /// Bits per second towards the devices.
    public var cell = 100_000_000
    /// Bits per second towards the service.
    public var uplink = 100_000_000
    /// Whether the gateway translates the devices' IPv4 addresses to its own.
    public var translatesAddresses = false

    /// The allowed numbers of devices.
    public static let deviceCounts = 2...32
    /// The allowed rates in bits per second. A laptop's kernel can carry these rates, and tbf can represent them.
    static let rates = 1_000_000...10_000_000_000

    /// The standard lab.
    public init() {}

    /// - Throws: `InvalidValue` that names the flag and its problem.
    public init(devices: Int, cell: String, uplink: String?, translatesAddresses: Bool) throws(InvalidValue) {
        guard Self.deviceCounts.contains(devices) else {
            throw InvalidValue("\(devices) is not in \(Self.deviceCounts.lowerBound)...\(Self.deviceCounts.upperBound)").at("--devices")
        }
        self.devices = devices
        self.cell = try Self.rate(cell, "--cell")
        self.uplink = try uplink.map { text throws(InvalidValue) in try Self.rate(text, "--uplink") } ?? self.cell
        self.translatesAddresses = translatesAddresses
    }

    private static func rate(_ text: String, _ flag: String) throws(InvalidValue) -> Int {
        let rate: Int
        do { rate = try Rate.bitsPerSecond(of: text) } catch { throw error.at(flag) }
        guard rates.contains(rate) else { throw InvalidValue("\(text) is not between 1Mbps and 10Gbps").at(flag) }
        return rate
    }

    /// All places. The places to which others are connected come first.
    public var places: [LabPlace] { [.gateway, .cell, .uplink, .service] + (1...devices).map { .device($0) } }
}

/// Addresses. The devices have the addresses of the sandbox's test devices 1000, 1001 and so on.
extension LabTopology {
    /// The address of the service.
    public static let serviceIPv4 = "198.51.100.7"
    /// The IPv6 address of the service.
    public static let serviceIPv6 = "2001:db8:7::7"
    /// The gateway's address that the service sees if the gateway translates addresses.
    public static let gatewayIPv4 = "203.0.113.1"
    static let deviceSubnets = ["10.45.0.0/16", "2001:db8:45::/48"]

    /// The IPv4 address of a device.
    public static func ipv4(device: Int) -> String {
        let number = 999 + device
        return "10.45.\(number / 250).\(number % 250 + 1)"
    }

    /// The IPv6 address of a device.
    public static func ipv6(device: Int) -> String { "2001:db8:45::\(999 + device)" }

    /// The ports of the service's iperf3: two for each device, because an iperf3 server runs only one test at a time.
    var iperfPorts: ClosedRange<Int> { 5201...5200 + 2 * devices }

    /// The two ports of the service that are reserved for a device.
    static func iperfPorts(device: Int) -> (first: Int, second: Int) { (5199 + 2 * device, 5200 + 2 * device) }

    /// The port at which the service reaches a device. With address translation, the port is at the gateway's
    /// address.
    static func devicePort(_ device: Int) -> Int { 5400 + device }
}
