import QoDServer
public import Southbound
public import QualityOnDemand

/// The devices of a Linux gateway.
public struct DeviceSettings: Hashable, Sendable {
    /// Every address, or every prefix, in these subnets is a device of its own; a ``Southbound/DeviceSubnet`` reads each of them.
    public var subnets: [String] = []
    /// Devices that the configuration lists.
    public var entries: [DeviceEntry] = []
    /// A file of more devices. The platform watches the file for changes.
    public var file: String?
    /// Files of DHCP leases.
    public var leases: [String] = []
    public var nat = NAT.none

    public init() {}

    /// The source that knows the devices behind public addresses.
    public enum NAT: String, CaseIterable, Hashable, Sendable {
        /// There is no address translation, or the platform does not know the translation.
        case none
        /// This machine translates addresses, and its kernel keeps a table of the translations.
        case conntrack
    }

    /// Checks that settings that need each other are given together.
    func check() throws(SettingError) {
        if !leases.isEmpty, entries.isEmpty, file == nil, subnets.isEmpty {
            throw SettingError(
                "devices.leases: has no effect without devices.static or devices.file, whose entries name leases by hardwareAddress or hostname, "
                    + "or devices.subnets, in which leases tell the IPv4 and IPv6 addresses of one device")
        }
        if nat == .conntrack, subnets.isEmpty, entries.isEmpty, file == nil {
            throw SettingError("devices.nat: has no effect without devices.subnets, devices.static or devices.file, which name the addresses of devices")
        }
    }
}

extension SettingKey {
    static let deviceKeys: [SettingKey] = [
        SettingKey("devices.subnets", "linux: subnets in which every address is a device, or every prefix: 2001:db8::/48 per /64") { $1.network.devices.subnets = try subnets($0) },
        SettingKey("devices.static", "linux: devices, a list of entries; in the environment as JSON", isStructured: true) {
            $1.network.devices.entries = try DeviceList.entries($0)
        },
        SettingKey("devices.file", "linux: file of more such entries, YAML or JSON, watched") { $1.network.devices.file = try text($0) },
        SettingKey("devices.leases", "linux: files of DHCP leases, dnsmasq's or Kea's, watched") { $1.network.devices.leases = try paths($0) },
        SettingKey("devices.acceptsNumbersWithoutPlus", "whether a phone number in a request may lack its +, as Nokia's SDK 8 sends it") {
            $1.server.acceptsNumbersWithoutPlus = try boolean($0)
        },
        SettingKey("devices.nat", "linux: where public addresses with ports are looked up, none or conntrack") {
            $1.network.devices.nat = try choice($0)
        },
    ]

    private static func subnets(_ text: String) throws -> [String] {
        try text.split(separator: ",").map { piece in
            let subnet = piece.trimming(while: \.isWhitespace)
            do { return try DeviceSubnet(subnet).description } catch { throw SettingError("\(error)") }
        }
    }

    private static func paths(_ text: String) throws -> [String] {
        let paths = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimming(while: \.isWhitespace) }
        guard !paths.contains("") else { throw SettingError("\"\(Excerpt.of(text))\" is not a list of files separated by commas") }
        guard Set(paths).count == paths.count else { throw SettingError("\"\(Excerpt.of(text))\" names a file twice") }
        return paths
    }
}

extension DeviceSettings: Confidential {}
