import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension Integration {
    /// The addresses that `nac serve --network linux` treats as one device, tested with packets of all of them.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct GatewayDeviceTests {
        private static let prefixes = "10.45.0.0/16,2001:db8:45::/48 per /64"
        private static let packets = 20

        private func stop(_ platform: ChildProcess) async throws {
            platform.send(SIGTERM)
            #expect(try await platform.exitCode(within: .seconds(60)) == 0, "\(platform.errors)")
        }

        @Test("a session for one address of a device's prefix has the packets of the others too, and a second one for these is a conflict", .timeLimit(.minutes(3)))
        func prefix() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                try network.addIPv6()
                let platform = try await network.serve(subnets: Self.prefixes)
                let session = try await network.createSession(["--ipv6", AccessNetwork.delegated[0]], to: [AccessNetwork.serviceIPv6])
                for source in AccessNetwork.delegated { try network.ping(from: source, to: AccessNetwork.serviceIPv6) }
                let counts = try await network.traffic(session)
                #expect(counts.down == 2 * Self.packets && counts.up == 2 * Self.packets, "\(counts)")
                // An address of another prefix is another device.
                try network.ping(from: AccessNetwork.deviceIPv6, to: AccessNetwork.serviceIPv6)
                #expect(try await network.traffic(session).up == 2 * Self.packets)
                for address in [AccessNetwork.delegated[1], "2001:db8:45:7::"] {
                    let second = try await network.tool(network.creation(["--ipv6", address], to: [AccessNetwork.serviceIPv6]))
                    #expect(second.code != 0 && second.errors.contains("CONFLICT"), "\(second)")
                }
                _ = try await network.createSession(["--ipv6", AccessNetwork.deviceIPv6], to: [AccessNetwork.serviceIPv6])
                // The next process has the same prefix.
                platform.send(SIGKILL)
                let next = try await network.serve(subnets: Self.prefixes)
                try network.ping(from: AccessNetwork.delegated[1], to: AccessNetwork.serviceIPv6)
                try await wait(upTo: .seconds(30), for: "the packets") { try await network.traffic(session).up == 3 * Self.packets }
                try await stop(next)
            }
        }

        @Test("a device named by both its addresses has both served where the neighbour table shows that they are its own, and is one device", .timeLimit(.minutes(3)))
        func bothVersions() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                try network.addIPv6()
                let platform = try await network.serve(subnets: Self.prefixes)
                let services = [AccessNetwork.service, AccessNetwork.serviceIPv6]
                // It has sent something before, as a device that is there.
                try network.ping(from: AccessNetwork.device, to: services[0], count: 1)
                try network.ping(from: AccessNetwork.deviceIPv6, to: services[1], count: 1)
                let named = ["--ipv4", "\(AccessNetwork.device),\(AccessNetwork.device)", "--ipv6", AccessNetwork.deviceIPv6]
                let session = try await network.createSession(named, to: services)
                try network.ping(from: AccessNetwork.device, to: services[0])
                try network.ping(from: AccessNetwork.deviceIPv6, to: services[1])
                let counts = try await network.traffic(session)
                #expect(counts.down == 2 * Self.packets && counts.up == 2 * Self.packets && counts.reason == nil, "\(counts)")
                for device in [["--ipv6", AccessNetwork.deviceIPv6], Array(named.prefix(2))] {
                    let second = try await network.tool(network.creation(device, to: services))
                    #expect(second.code != 0 && second.errors.contains("CONFLICT"), "\(second)")
                }
                try await stop(platform)
            }
        }

        @Test("where nothing shows that a second address is the device's, the first is served and the session says so", .timeLimit(.minutes(3)))
        func oneVersion() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                try network.addIPv6()
                let platform = try await network.serve(subnets: Self.prefixes)
                let services = [AccessNetwork.service, AccessNetwork.serviceIPv6]
                try network.ping(from: AccessNetwork.device, to: services[0], count: 1)
                // Its prefix is routed to it, and no neighbour.
                let named = ["--ipv4", "\(AccessNetwork.device),\(AccessNetwork.device)", "--ipv6", AccessNetwork.delegated[0]]
                let session = try await network.createSession(named, to: services)
                try network.ping(from: AccessNetwork.device, to: services[0])
                try network.ping(from: AccessNetwork.delegated[0], to: services[1])
                let counts = try await network.traffic(session)
                #expect(counts.up == Self.packets && counts.reason == "Only IPv4 is served: the network knows no IPv6 address that is certainly this device's.", "\(counts)")
                try await stop(platform)
            }
        }

        @Test("a session whose class sees nothing while its device sends is logged once and counted, and disturbs nothing", .timeLimit(.minutes(4)))
        func silent() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                let platform = try await network.serve(subnets: "10.45.0.0/16")
                let device = ["--ipv4", "\(AccessNetwork.device),\(AccessNetwork.device)"]
                let session = try await network.createSession(device, to: ["198.51.100.99"])
                let used = try await network.createSession(device, to: [AccessNetwork.service])
                func metrics() throws -> String { try network.run("gateway", "curl -s http://127.0.0.1:9091/metrics") }
                try await wait(upTo: .seconds(120), for: "the session to be told") {
                    try network.ping(from: AccessNetwork.device, to: AccessNetwork.service, count: 40)
                    return platform.errors.contains("has had no packet in its class")
                }
                for _ in 0..<10 { try network.ping(from: AccessNetwork.device, to: AccessNetwork.service, count: 40) }
                let lines = platform.errors.split(separator: "\n").filter { $0.contains("has had no packet in its class") }
                #expect(lines.count == 1 && lines[0].contains(session) && !lines[0].contains(used), "\(lines)")
                let text = try metrics()
                #expect(text.contains("\nnac_silent_sessions_total 1\n"), "\(text)")
                #expect(text.contains(#"nac_network_in_order{network="linux",site="default"} 1"#) && !platform.errors.contains("another program changed"), "\(platform.errors)")
                try await stop(platform)
            }
        }
    }
}
