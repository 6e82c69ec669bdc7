import ArgumentParser

/// The devices of a gateway, as flags. Single devices are listed in files.
struct GatewayDeviceOptions: ParsableArguments {
    @Option(help: "Subnets in which every address is a device, or every prefix, as in 2001:db8::/48 per /64; separated by commas (devices.subnets).") var deviceSubnets: String?
    @Option(help: "File of devices, YAML, watched (devices.file).") var deviceFile: String?
    @Option(help: "Files of DHCP leases, dnsmasq's or Kea's, separated by commas, watched (devices.leases).") var deviceLeases: String?
    @Option(help: "Where public addresses with ports are looked up: none or conntrack (devices.nat).") var deviceNat: String?

    /// The given flags, by the path of their key.
    var flags: [String: String] {
        let given: [String: String?] = [
            "devices.subnets": deviceSubnets, "devices.file": deviceFile, "devices.leases": deviceLeases, "devices.nat": deviceNat,
        ]
        return given.compactMapValues { $0 }
    }
}

/// Limits as flags, so that a developer can try the sandbox with limits.
struct LimitOptions: ParsableArguments {
    @Option(help: "Requests of one client per second, in the long run (limits.requestsPerSecond).") var requestsPerSecond: String?
    @Option(help: "Requests of one client at once (limits.burst).") var burst: String?
    @Option(help: "Live sessions of one client (limits.sessionsPerClient).") var sessionsPerClient: String?
    @Option(help: "Live sessions of one device (limits.sessionsPerDevice).") var sessionsPerDevice: String?

    /// The given flags, by the path of their key.
    var flags: [String: String] {
        let given: [String: String?] = [
            "limits.requestsPerSecond": requestsPerSecond, "limits.burst": burst, "limits.sessionsPerClient": sessionsPerClient,
            "limits.sessionsPerDevice": sessionsPerDevice,
        ]
        return given.compactMapValues { $0 }
    }
}
