public import QualityOnDemand

/// Sessions for tests. A test names only the values that matter.
public enum Fixture {
    /// A fixed time in 2026.
    public static let time = Timestamp(milliseconds: 1_790_000_000_000)
    public static let client = ClientID("tester")

    public static func subject(_ device: Int = 1000) -> Session.Subject {
        Session.Subject(
            key: DeviceKey("device-\(device)"), device: try? Device(phoneNumber: PhoneNumber("+9999999\(device)")), identifiedBy: .phoneNumber,
            addresses: addresses(device))
    }

    /// The addresses that the sandbox gives to a device.
    public static func addresses(_ device: Int = 1000) -> NetworkAddresses {
        let digits = String(device).utf8.reduce(UInt64(0)) { $0 << 4 | UInt64($1 - UInt8(ascii: "0")) }
        return NetworkAddresses(
            ipv4: IPv4Address(rawValue: 0x0a2d_0000 | UInt32(device / 250) << 8 | UInt32(device % 250 + 1)),
            ipv6: IPv6Address(high: 0x2001_0db8_0045_0000, low: digits))
    }

    /// A flow to an IP address or subnet. All ports match, unless ports are given.
    public static func flow(_ server: String = "198.51.100.7", serverPorts: PortsSpec? = nil, devicePorts: PortsSpec? = nil) -> Flow {
        let isIPv6 = server.contains(":")
        guard let applicationServer = try? ApplicationServer(ipv4Address: isIPv6 ? nil : server, ipv6Address: isIPv6 ? server : nil) else {
            preconditionFailure("\(server) is no service")
        }
        return Flow(applicationServer: applicationServer, applicationServerPorts: serverPorts, devicePorts: devicePorts)
    }

    public static func profile(_ name: String = "QOS_L") -> QoSProfile {
        guard let profile = QoSProfile.builtIn.first(where: { $0.name.description == name }) else { preconditionFailure("\(name) is not built in") }
        return profile
    }

    /// A session immediately after its request.
    public static func session(
        device: Int = 1000, flow: Flow = flow(), owner: ClientID = client, duration: Int = 3600, sink: String? = nil,
        at now: Timestamp = time
    ) -> Session {
        Session.requested(
            id: .make(at: now), by: owner, for: subject(device), flow: flow, profile: profile().name, duration: duration,
            notification: sink.map { NotificationTarget(sink: $0, credential: .accessToken("secret", expiresAt: now.adding(seconds: 60))) },
            at: now
        )
    }
}
