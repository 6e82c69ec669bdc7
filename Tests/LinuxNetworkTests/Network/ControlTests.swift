#if os(Linux)
import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Network control", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct ControlTests {
    private static let capacity = 20_000_000

    /// The seconds under load; `NAC_SOAK` sets another number.
    private static let soak = ProcessInfo.processInfo.environment["NAC_SOAK"].flatMap { Double($0) } ?? 6

    @Test("goes before everything: a session loses no packet in a flooded cell while its neighbour entries expire and are deleted")
    func neighbours() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration(down: Self.capacity, up: Self.capacity))
            let flows = [Fixture.flow(TestGateway.service), Fixture.flow(TestGateway.serviceIPv6)]
            let grants = flows.enumerated().map { Sample.grant($0, device: 1000, flow: $1, profile: Sample.profile(down: 2, up: 2)) }
            #expect(try await network.program(grants) == [.ready, .ready])
            try expireSoon(gateway)

            let (device, service) = (gateway.namespace("device"), gateway.namespace("service"))
            let floods = [
                try DatagramFlow(.init(from: service, to: device, address: TestGateway.neighbour, port: 9), rate: 3 * Self.capacity, size: 1_400, isReceived: false),
                try DatagramFlow(.init(from: device, to: service, address: "198.51.100.9", port: 9), rate: 3 * Self.capacity, size: 1_400, isReceived: false),
            ]
            let paths = [
                DatagramFlow.Path(from: service, to: device, address: TestGateway.device, port: 7_000),
                .init(from: service, to: device, address: TestGateway.deviceIPv6, port: 7_001),
                .init(from: device, to: service, address: TestGateway.service, port: 7_002, sourceAddress: TestGateway.device),
                .init(from: device, to: service, address: TestGateway.serviceIPv6, port: 7_003),
            ]
            try await pause(for: .seconds(1))
            let sessions = try paths.map { try DatagramFlow($0, rate: 1_000_000, size: 500) }
            let end = ContinuousClock.now + .seconds(Self.soak)
            while ContinuousClock.now < end {
                try await pause(for: .seconds(0.4))
                for (address, interface) in [
                    (TestGateway.device, "ran0"), (TestGateway.deviceIPv6, "ran0"), (TestGateway.service, "wan0"), (TestGateway.serviceIPv6, "wan0"),
                ] {
                    // A missing entry is as good as a deleted one.
                    _ = try? gateway.run(["ip", "neighbour", "delete", address, "dev", interface])
                }
            }
            for (path, session) in zip(paths, sessions) {
                let count = try await session.stop()
                // Deleting an entry loses the packet that is being sent to it. One gap in the
                // session would lose 80 packets.
                #expect(count.sent > 500 && count.lost <= 10, "\(path.address): \(count)")
            }
            for flood in floods { #expect(try await flood.stop().sent > 1_000) }
        }
    }

    /// Makes the kernel confirm entries every second or two instead of every half minute.
    private func expireSoon(_ gateway: TestGateway) throws {
        for file in ["base_reachable_time_ms", "delay_first_probe_time"] {
            let names = ["ipv4", "ipv6"].flatMap { family in ["ran0", "wan0"].map { "/proc/sys/net/\(family)/neigh/\($0)/\(file)" } }
            try gateway.run(["tee"] + names, input: file.hasSuffix("ms") ? "1000" : "1")
        }
    }

    @Test("has a class of its own on either interface: ARP, neighbour discovery, DHCP and DHCPv6, also where a session is for all of a device's traffic")
    func classes() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let grants = ["0.0.0.0/0", "::/0"].enumerated().map { Sample.grant($0, device: 1000, flow: Fixture.flow($1)) }
            #expect(try await network.program(grants) == [.ready, .ready])
            for (interface, addresses) in [
                ("ran0", [TestGateway.device, TestGateway.deviceIPv6]), ("wan0", [TestGateway.service, TestGateway.serviceIPv6]),
            ] {
                for address in addresses {
                    let before = try gateway.packets("4e41:3", interface)
                    _ = try? gateway.run(["ip", "neighbour", "delete", address, "dev", interface])
                    try gateway.run(["bash", "-c", "echo x > /dev/udp/\(address)/9"])
                    try await eventually { try gateway.packets("4e41:3", interface) > before }
                }
            }
            // The packets that waited for the answers have passed.
            for id in ["4e41:10", "4e41:11"] { try await eventually { try gateway.packets(id, "ran0") > 0 } }
            let others = try ["4e41:10", "4e41:11"].map { try gateway.packets($0, "ran0") }
            for (address, port, source) in [(TestGateway.device, 68, 67), (TestGateway.device, 67, 67), (TestGateway.deviceIPv6, 546, 547)] {
                let before = try gateway.packets("4e41:3", "ran0")
                let flow = try DatagramFlow(
                    .init(from: gateway.namespace("gateway"), to: gateway.namespace("device"), address: address, port: UInt16(port), sourcePort: UInt16(source)),
                    rate: 8_000, size: 300)
                try await eventually { flow.count.received > 0 }
                _ = try await flow.stop()
                #expect(try gateway.packets("4e41:3", "ran0") > before, "\(address) \(port)")
            }
            #expect(try ["4e41:10", "4e41:11"].map { try gateway.packets($0, "ran0") } == others)
            // The same message from elsewhere does not belong to the network: its sender only wants a high priority.
            let before = try gateway.packets("4e41:3", "ran0")
            let foreign = try DatagramFlow(
                .init(from: gateway.namespace("service"), to: gateway.namespace("device"), address: TestGateway.neighbour, port: 68, sourcePort: 67), rate: 80_000, size: 300)
            try await eventually { foreign.count.received > 3 }
            _ = try await foreign.stop()
            #expect(try gateway.packets("4e41:3", "ran0") - before <= 2)
        }
    }

    @Test("is bounded: a storm of it leaves a session its guarantee")
    func bounded() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration(down: Self.capacity, up: Self.capacity))
            let grant = Sample.grant(0, flow: Fixture.flow(TestGateway.service), profile: Sample.profile(down: 10))
            #expect(try await network.program([grant]) == [.ready])
            let (device, service) = (gateway.namespace("device"), gateway.namespace("service"))
            let storm = try DatagramFlow(
                .init(from: gateway.namespace("gateway"), to: device, address: TestGateway.neighbour, port: 68, sourcePort: 67), rate: 2 * Self.capacity, size: 1_400)
            let session = try DatagramFlow(.init(from: service, to: device, address: TestGateway.device, port: 7_000), rate: 9_000_000, size: 1_400)
            try await pause(for: .seconds(3))
            let counts = [try await session.stop(), try await storm.stop()]
            #expect(counts[0].lost <= counts[0].sent / 50 && counts[0].sent > 500, "\(counts[0])")
            #expect(counts[1].received > 0 && counts[1].lost > counts[1].received, "\(counts[1])")
        }
    }

    @Test("the packets of a tunnel leave by the tree of the interface that they really leave by, not with the class of the packets in it")
    func tunnel() async throws {
        try await TestGateway.withGateway { gateway in
            let service = gateway.namespace("service")
            for (place, peer, address) in [("gateway", TestGateway.service, "10.46.0.1/16"), ("service", "198.51.100.254", "10.46.4.1/16")] {
                try gateway.run(["ip", "link", "add", "tun0", "type", "vxlan", "id", "7", "remote", peer, "dstport", "4789"], at: place)
                try gateway.run(["ip", "address", "add", address, "dev", "tun0"], at: place)
                try gateway.run(["ip", "link", "set", "tun0", "up"], at: place)
            }
            try gateway.run(["ip", "route", "add", "10.45.0.0/16", "via", "10.46.0.1"], at: "service")
            let configuration = try LinuxNetworkConfiguration(
                downlink: .init(interface: "tun0", capacity: 50_000_000), uplink: .init(interface: "wan0", capacity: 50_000_000), namespace: gateway.namespace("gateway"))
            let addresses = NetworkAddresses(ipv4: IPv4Address(rawValue: 0x0a2e_0401), ipv6: nil)
            let grant = Grant(session: Sample.session(0), addresses: addresses, flow: Fixture.flow(TestGateway.device), profile: Sample.profile())
            #expect(try await LinuxNetwork(configuration).program([grant]) == [.ready])
            let others = try gateway.packets("4e41:2", "wan0")
            let flow = try DatagramFlow(
                .init(from: gateway.namespace("device"), to: service, address: "10.46.4.1", port: 7_000, sourceAddress: TestGateway.device), rate: 100_000, size: 300)
            try await eventually { flow.count.received > 5 }
            let sent = try await flow.stop().sent
            #expect(try gateway.packets("4e41:10", "tun0") == sent)
            #expect(try gateway.packets("4e41:10", "wan0") == 0)
            #expect(try gateway.packets("4e41:2", "wan0") - others >= sent)
        }
    }
}
#endif
