import QualityOnDemand
import Testing

@Suite("Where a flow can go")
struct ReachabilityTests {
    @Test("no forwarded packet can go to these", arguments: [
        ("0.0.0.0", "is not a host's address"), ("255.255.255.255", "broadcast"), ("224.0.0.1", "multicast"), ("239.0.0.0/8", "multicast"), ("::", "is not a host's address"),
        ("ff02::1", "multicast"), ("ff00::/8", "multicast"), ("::ffff:192.0.2.1", "write it as 192.0.2.1"),
        ("127.0.0.1", "is a loopback address"), ("127.255.255.254", "is a loopback address"), ("127.0.0.0/8", "is a loopback address"),
        ("127.1.0.0/16", "is a loopback address"), ("::1", "is a loopback address"), ("::1/128", "is a loopback address"), ("::ffff:127.0.0.1", "write it as 127.0.0.1"),
        ("0.1.2.3", "is not a host's address"), ("0.0.0.0/8", "is not a host's address"), ("fe80::1", "is a link-local address"), ("febf::/16", "is a link-local address"),
        ("10.45.4.1", "the device itself"), ("2001:db8:45::1000", "the device itself"),
    ])
    func unreachable(_ address: String, _ reason: String) throws {
        let error = #expect(throws: InvalidValue.self) { try flow(address).checkReachability(from: try device()) }
        #expect(error?.reason.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.pathDescription == "applicationServer." + (address.contains(":") ? "ipv6Address" : "ipv4Address"))
    }

    @Test("and to these they can", arguments: ["0.0.0.0/0", "::/0", "198.51.100.7", "233.252.0.2", "10.45.4.2", "10.45.0.0/16", "2001:db8::/32", "fd00::1", "126.255.255.255", "128.0.0.1", "126.0.0.0/7", "::2", "::/127", "fec0::1", "fe00::/9"])
    func reachable(_ address: String) throws {
        try flow(address).checkReachability(from: try device())
        try flow(address).checkReachability(from: nil)
    }

    private func flow(_ address: String) throws -> Flow {
        let isIPv6 = address.contains(":")
        return Flow(applicationServer: try ApplicationServer(ipv4Address: isIPv6 ? nil : address, ipv6Address: isIPv6 ? address : nil))
    }

    private func device() throws -> Device {
        let ipv4 = try DeviceIPv4Address(publicAddress: try IPv4Address("10.45.4.1"), privateAddress: try IPv4Address("10.45.4.1"), publicPort: nil)
        return try Device(ipv4Address: ipv4, ipv6Address: try DeviceIPv6Address("2001:db8:45::1000"))
    }
}
