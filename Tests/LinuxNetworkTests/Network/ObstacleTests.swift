import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("What a gateway cannot serve", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct ObstacleTests {
    @Test("a service behind the downlink is refused with the reason: another device, the device itself, over IPv6 too")
    func behindTheDownlink() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let services = [TestGateway.neighbour, TestGateway.device, "2001:db8:45::2", TestGateway.service, "2001:db8:ffff::1", "0.0.0.0/0"]
            let grants = services.enumerated().map { Sample.grant($0, device: 1000, flow: Fixture.flow($1)) }
            let answers = try await network.program(grants)
            for (service, answer) in zip(services, answers).prefix(3) {
                guard case .refused(let reason) = answer else {
                    Issue.record("\(service): \(answer)")
                    continue
                }
                #expect(reason.hasPrefix("the service \(service) is behind ran0, like the devices"))
            }
            // This also works before there is a route.
            #expect(answers.suffix(3) == [.ready, .ready, .ready])
            #expect(try gateway.sessionClasses("ran0").count == 3)
        }
    }

    @Test("the gateway's own address as a service is refused: a device's packets to it are not forwarded, or come back to another device")
    func hairpin() async throws {
        try await TestGateway.withGateway { gateway in
            // Packets to a port of the gateway's public address go to another device, and its answers seem to come
            // from the gateway.
            try gateway.run(
                ["nft", "-f", "-"],
                input: """
                    add table inet nat
                    add chain inet nat in { type nat hook prerouting priority dstnat; }
                    add rule inet nat in ip daddr 198.51.100.254 tcp dport 8080 dnat ip to \(TestGateway.neighbour)
                    add chain inet nat out { type nat hook postrouting priority srcnat; }
                    add rule inet nat out oifname "ran0" ip saddr 10.45.0.0/16 masquerade

                    """)
            let network = LinuxNetwork(try gateway.configuration)
            let services = ["198.51.100.254", "10.45.0.1", "2001:db8:7::1", "198.51.100.255", TestGateway.service]
            let answers = try await network.program(services.enumerated().map { Sample.grant($0, device: 1000, flow: Fixture.flow($1)) })
            for (service, answer) in zip(services, answers).dropLast() {
                guard case .refused(let reason) = answer else {
                    Issue.record("\(service): \(answer)")
                    continue
                }
                #expect(reason.hasPrefix("the service \(service) is an address of the gateway itself"))
            }
            #expect(answers.last == .ready)
            // The packets of such a connection leave by the downlink only, and none of them has the address that the session would name.
            let listener = """
                import socket
                s = socket.create_server(("\(TestGateway.neighbour)", 8080))
                c, a = s.accept()
                c.sendall(c.recv(10))
                """
            let talker = """
                import socket, time
                for _ in range(600):
                    try:
                        s = socket.create_connection(("198.51.100.254", 8080), timeout=100, source_address=("\(TestGateway.device)", 0))
                        break
                    except ConnectionRefusedError: time.sleep(0.1)
                s.sendall(b"x")
                print(s.recv(1).decode())
                """
            let said = try gateway.run(["bash", "-c", "python3 -c '\(listener)' & python3 -c '\(talker)'; wait"], at: "device")
            #expect(said == "x\n")
            try await eventually { try gateway.packets("4e41:2", "ran0") >= 4 }
            #expect(try gateway.packets("4e41:10", "ran0") == 0 && gateway.packets("4e41:10", "wan0") == 0)
        }
    }

    @Test("a port of a bridge and an intermediate device are errors at the start, which name what to take instead")
    func bypassed() async throws {
        try await TestGateway.withGateway { gateway in
            try gateway.run(["ip", "link", "add", "br0", "type", "bridge"])
            try gateway.run(["ip", "link", "set", "ran0", "master", "br0"])
            let port = await #expect(throws: NetworkError.self) { try await LinuxNetwork(gateway.configuration).prepare() }
            #expect(port?.description == "ran0 is a port of a bridge, and forwarded packets leave by the bridge; name the bridge instead")
            try gateway.run(["ip", "link", "add", "ifb7", "type", "ifb"])
            let configuration = try LinuxNetworkConfiguration(
                downlink: .init(interface: "ifb7", capacity: 1_000_000), uplink: .init(interface: "wan0", capacity: 1_000_000), namespace: gateway.namespace("gateway"))
            let device = await #expect(throws: NetworkError.self) { try await LinuxNetwork(configuration).prepare() }
            #expect(device?.description.hasPrefix("ifb7 is an intermediate device (ifb)") == true)
            try gateway.run(["ip", "link", "set", "ran0", "nomaster"])
            try await LinuxNetwork(gateway.configuration).prepare()
        }
    }

    @Test("a flow table of one of the interfaces is named")
    func flowTable() throws {
        try TestGateway.withGateway { gateway in
            let kernel = LinuxKernel(try gateway.configuration)
            #expect(try kernel.obstacles() == [])
            let text = "add table inet fast\nadd flowtable inet fast all { hook ingress priority 0; devices = { ran0, wan0 }; }\n"
            // A kernel without flow tables reports no obstacle.
            guard (try? gateway.run(["nft", "-f", "-"], input: text)) != nil else { return }
            #expect(try kernel.obstacles().map { $0.hasPrefix("the flow table fast all forwards packets past all rules on ran0 and wan0") } == [true])
        }
    }
}
