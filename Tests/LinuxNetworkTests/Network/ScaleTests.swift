import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Scale of the Linux network", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct ScaleTests {
    /// A number of ports of which no two are adjacent.
    private func odd(_ count: Int) throws -> PortsSpec { try Sample.ports([], (0..<count).map { 1 + 2 * UInt16($0) }) }

    @Test("sessions of a device with a thousand pieces each are there at once, beside one of millions that is refused, also for a process that starts anew",
        .timeLimit(.minutes(4)))
    func manyPieces() async throws {
        try await TestGateway.withGateway { gateway in
            func grant(_ index: Int, ports: Int) throws -> Grant {
                let flow = Fixture.flow("198.51.100.\(index + 1)", serverPorts: try odd(ports), devicePorts: try odd(ports))
                return Sample.grant(index, device: 1000, flow: flow, profile: Sample.profile())
            }
            let grants = try (0..<24).map { try grant($0, ports: 32) }
            for network in try [LinuxNetwork(gateway.configuration), LinuxNetwork(gateway.configuration)] {
                guard case .refused = try await network.program([try grant(24, ports: 8_000)])[0] else {
                    Issue.record("a session of millions of pieces was not refused")
                    return
                }
                for grant in grants { #expect(try await network.program([grant]) == [.ready]) }
                #expect(try await network.held() == grants.map(\.session))
            }
        }
    }

    @Test("packets of sixty devices are found in the parts of the maps, whichever these are, both ways and in both families")
    func parts() async throws {
        try await TestGateway.withGateway { gateway in
            let (range, devices) = (try Sample.ports([(5_000, 5_009)]), 0..<60)
            try gateway.run(["ip", "-batch", "-"], at: "device", input: devices.map {
                "address add 10.45.8.\($0)/16 dev eth0\naddress add 2001:db8:45::8:\($0)/64 dev eth0 nodad\n"
            }.joined())
            func grant(_ index: Int, _ server: String, _ ports: PortsSpec?) throws -> Grant {
                let device = index / 2
                let addresses = NetworkAddresses(ipv4: try IPv4Address("10.45.8.\(device)"), ipv6: try IPv6Address("2001:db8:45::8:\(device)"))
                return Grant(session: Sample.session(index), addresses: addresses, flow: Fixture.flow(server, devicePorts: ports), profile: Sample.profile())
            }
            let grants = try devices.flatMap { device in
                [try grant(2 * device, "198.51.100.0/24", device.isMultiple(of: 2) ? range : nil),
                 try grant(2 * device + 1, "2001:db8:7::/64", device.isMultiple(of: 2) ? nil : range)]
            }
            let network = LinuxNetwork(try gateway.configuration)
            #expect(try await network.program(grants) == grants.map { _ in .ready })
            // Packets go from each device to the service, and back.
            let talk = """
                import socket, sys
                family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
                for number in range(60):
                    device = sys.argv[1] + str(number)
                    for source, target in [(("", 6000), (device, 5005))] if sys.argv[3] == "down" else [((device, 5005), (sys.argv[2], 6000))]:
                        with socket.socket(family, socket.SOCK_DGRAM) as sender:
                            sender.bind(source)
                            sender.sendto(b"x", target)
                """
            for (prefix, service) in [("10.45.8.", TestGateway.service), ("2001:db8:45::8:", TestGateway.serviceIPv6)] {
                try gateway.run(["python3", "-c", talk, prefix, service, "down"], at: "service")
                try gateway.run(["python3", "-c", talk, prefix, service, "up"], at: "device")
            }
            for index in grants.indices {
                try await eventually {
                    let traffic = try await network.traffic(of: Sample.session(index))
                    // No program listens at either end, so an ICMP error may also count as a packet of the session.
                    return traffic.map { $0.uplink.packets > 0 && $0.downlink.packets > 0 } == true
                }
            }
        }
    }
}
