import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite(
    "Packets of devices with a prefix", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct PrefixPacketTests {
    /// A device, and the flow of its session.
    struct Case: CustomTestStringConvertible, Sendable {
        let prefix: String
        let inside: [String]
        let outside: String
        let flow: @Sendable () throws -> Flow
        var yields = false
        let testDescription: String
    }

    private static let devices: [(prefix: String, inside: [String], outside: String)] = [
        ("2001:db8:46:700::/64", ["2001:db8:46:700::5", "2001:db8:46:700:ffff:ffff:ffff:ffff"], "2001:db8:46:701::5"),
        ("2001:db8:46:700::/56", ["2001:db8:46:700::5", "2001:db8:46:7ff::5"], "2001:db8:46:800::5"),
        ("2001:db8:46:700::5", ["2001:db8:46:700::5"], "2001:db8:46:700::6"),
    ]

    private static let flows: [(name: String, yields: Bool, flow: @Sendable () throws -> Flow)] = [
        ("one service", false, { Fixture.flow(TestGateway.serviceIPv6) }),
        ("a subnet of services", false, { Fixture.flow("2001:db8:7::/64") }),
        ("a port of a service", false, { Fixture.flow(TestGateway.serviceIPv6, serverPorts: try Sample.ports([], [5000])) }),
        ("a port of the device", false, { Fixture.flow(TestGateway.serviceIPv6, devicePorts: try Sample.ports([], [7000])) }),
        ("a pair of ports", false, {
            Fixture.flow(TestGateway.serviceIPv6, serverPorts: try Sample.ports([], [5000]), devicePorts: try Sample.ports([], [7000]))
        }),
        ("ranges of ports", false, { Fixture.flow("2001:db8:7::/64", serverPorts: try Sample.ports([(4990, 5001)]), devicePorts: try Sample.ports([(7000, 7001)])) }),
        ("all of a device's traffic", true, { Fixture.flow("::/0") }),
    ]

    static let cases = devices.flatMap { device in
        flows.map { flow in
            Case(
                prefix: device.prefix, inside: device.inside, outside: device.outside, flow: flow.flow, yields: flow.yields,
                testDescription: "\(device.prefix), \(flow.name)")
        }
    }

    @Test("each address of the prefix has its packets in the session's class, both ways and after a restart, and no other address", arguments: cases)
    func both(_ what: Case) async throws {
        try await TestGateway.withGateway { gateway in
            try prepare(gateway)
            let addresses = NetworkAddresses(ipv4: nil, ipv6Prefix: try IPSubnet(ipv6: what.prefix))
            let grant = Grant(session: Sample.session(0), addresses: addresses, flow: try what.flow(), profile: Fixture.profile("QOS_E"), yields: what.yields)
            let network = LinuxNetwork(try gateway.configuration)
            #expect(try await network.program([grant]) == [.ready])
            // The next process takes the session over and programs it once more; the session stays as it is.
            let next = LinuxNetwork(try gateway.configuration)
            #expect(try await next.held() == [grant.session])
            #expect(try await next.program([grant]) == [.ready])
            for address in what.inside + [what.outside] {
                try gateway.run(["ip", "address", "add", "\(address)/128", "dev", "eth0", "nodad"], at: "device")
            }
            for address in what.inside + [what.outside] { try send(address, gateway) }
            let expected = what.inside.count
            for interface in ["ran0", "wan0"] {
                try await eventually { try gateway.packets("4e41:10", interface) == expected && gateway.packets("4e41:2", interface) >= 1 }
            }
            try await next.release([grant.session])
            #expect(try await next.held().isEmpty)
        }
    }

    @Test("of two sessions of one prefix the newer has what both are for; two devices' prefixes of different lengths do not meet")
    func several() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            func grant(_ index: Int, _ prefix: String, _ flow: Flow) throws -> Grant {
                Grant(
                    session: Sample.session(index), addresses: NetworkAddresses(ipv4: nil, ipv6Prefix: try IPSubnet(ipv6: prefix)), flow: flow,
                    profile: Fixture.profile("QOS_E"))
            }
            try prepare(gateway)
            let whole = Fixture.flow("2001:db8:7::/64")
            let answers = try await network.program([
                grant(0, "2001:db8:46:700::/64", whole), grant(1, "2001:db8:46:700::/64", Fixture.flow(TestGateway.serviceIPv6)),
                grant(2, "2001:db8:46:800::/56", whole),
            ])
            #expect(answers == [.ready, .ready, .ready])
            for address in ["2001:db8:46:700::9", "2001:db8:46:8aa::1"] {
                try gateway.run(["ip", "address", "add", "\(address)/128", "dev", "eth0", "nodad"], at: "device")
                try send(address, gateway)
            }
            try await eventually { try gateway.packets("4e41:11", "wan0") == 1 && gateway.packets("4e41:12", "wan0") == 1 }
            #expect(try gateway.packets("4e41:10", "wan0") == 0)
            try await network.release([Sample.session(1)])
            try send("2001:db8:46:700::9", gateway)
            try await eventually { try gateway.packets("4e41:10", "wan0") == 1 }
        }
    }

    /// Adds a route to the prefixes. Hosts do not report closed ports, so only the test's datagrams are counted.
    private func prepare(_ gateway: TestGateway) throws {
        try gateway.run(["ip", "route", "add", "2001:db8:46::/48", "via", TestGateway.deviceIPv6])
        let rules = "add table inet t\nadd chain inet t out { type filter hook output priority 0; }\nadd rule inet t out icmpv6 type destination-unreachable drop\n"
        for place in ["device", "service"] { try gateway.run(["nft", "-f", "-"], at: place, input: rules) }
    }

    /// One datagram from the device's address and port 7000 to the service's port 5000, and one back.
    private func send(_ address: String, _ gateway: TestGateway) throws {
        let program = """
            import socket, sys
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.bind((sys.argv[1], int(sys.argv[2])))
            s.sendto(b"x", (sys.argv[3], int(sys.argv[4])))
            """
        try gateway.run(["python3", "-c", program, address, "7000", TestGateway.serviceIPv6, "5000"], at: "device")
        try gateway.run(["python3", "-c", program, TestGateway.serviceIPv6, "5000", address, "7000"], at: "service")
    }
}
