import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension Integration {
    /// `nac serve --network linux` on the interfaces that operators have: Ethernet, VLANs, PPPoE, WireGuard.
    @Suite(.enabled(if: !AccessLink.possible.isEmpty, "needs root, ip, tc, nft, iperf3, ping and curl; VLAN, PPPoE and WireGuard need a kernel such as Debian's (make kernel)"))
    struct AccessLinkTests {
        private static let packets = 20

        private func tool(_ network: AccessNetwork, _ arguments: String...) async throws -> String {
            let process = try network.start("gateway", [try #require(Binaries.nac)] + arguments + ["--token", "sandbox", "--format", "json"])
            #expect(try await process.exitCode(within: .seconds(60)) == 0, "\(process.errors)")
            return process.output
        }

        /// Starts the platform in the gateway, and waits until it is ready.
        private func serve(_ network: AccessNetwork) async throws -> ChildProcess {
            let process = try launch(network)
            try await wait(upTo: .seconds(60), for: "the platform in the gateway") {
                guard process.isRunning else { throw ServerProcess.Ended(description: process.errors) }
                return process.output.contains("http://127.0.0.1:")
            }
            return process
        }

        /// Starts the platform, and does not wait for it.
        private func launch(_ network: AccessNetwork, _ more: String...) throws -> ChildProcess {
            try network.start(
                "gateway",
                [try #require(Binaries.nac), "serve", "--network", "linux", "--database", "sqlite:\(network.folder)/nac.db", "--device-subnets", "10.45.0.0/16"] + more,
                // An emulated processor is slow.
                environment: [
                    "NAC_LIMITS_ANSWER_WAIT": "10000",
                    "NAC_NETWORK_DOWNLINK_INTERFACE": "ran0", "NAC_NETWORK_DOWNLINK_CAPACITY": "100Mbps",
                    "NAC_NETWORK_UPLINK_INTERFACE": "wan0", "NAC_NETWORK_UPLINK_CAPACITY": "50Mbps",
                ])
        }

        private func createSession(_ network: AccessNetwork) async throws -> String {
            let made = try await tool(
                network, "session", "create", "--ipv4", "\(AccessNetwork.device),\(AccessNetwork.device)", "--service", AccessNetwork.service,
                "--profile", "QOS_M", "--duration", "10m")
            #expect(made.contains(#""qosStatus":"AVAILABLE""#), "\(made)")
            return String(try #require(made.firstMatch(of: /"sessionId":"([^"]+)"/)).1)
        }

        /// Sends packets in both directions.
        private func send(_ network: AccessNetwork) throws {
            for (place, target) in [("device", AccessNetwork.service), ("service", AccessNetwork.device)] {
                try network.run(place, "for i in $(seq \(Self.packets)); do echo -n 0123456789 > /dev/udp/\(target)/9; done")
            }
        }

        /// The traffic of a session by direction.
        private func counts(_ network: AccessNetwork, _ session: String) async throws -> [String: (packets: Int, bytes: Int)] {
            let said = try await tool(network, "session", "get", session, "--traffic")
            let info = try #require(try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [String: Any])
            var found: [String: (Int, Int)] = [:]
            for direction in ["downlink", "uplink"] {
                let count = try #require(info[direction] as? [String: Any], "\(said)")
                found[direction] = (try #require(count["packets"] as? Int), try #require(count["bytes"] as? Int))
            }
            return found
        }

        @Test("a session's packets are counted in its class, both ways and with the bytes of IP", .timeLimit(.minutes(10)), arguments: AccessLink.possible)
        func counted(_ kind: AccessLink) async throws {
            try await AccessNetwork.with(kind) { network in
                let platform = try await serve(network)
                let session = try await createSession(network)
                try send(network)
                // ICMP answers from a closed port also belong to the session, so the count
                // can be higher, but never lower.
                let counts = try await counts(network, session)
                for direction in ["downlink", "uplink"] {
                    let found = try #require(counts[direction])
                    #expect(found.packets >= Self.packets, "\(kind) \(direction): \(found)")
                    #expect(found.bytes >= Self.packets * 38 && found.bytes <= found.packets * 80, "\(kind) \(direction): \(found)")
                }
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(60)) == 0, "\(platform.errors)")
            }
        }

        @Test("a second platform on the same interface ends at its start and says why; the first serves on", .timeLimit(.minutes(2)))
        func second() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                let first = try await serve(network)
                let session = try await createSession(network)
                let second = try launch(network, "--port", "9092", "--database", "sqlite::memory:")
                #expect(try await second.exitCode(within: .seconds(60)) == 78)
                #expect(second.errors.contains("another platform in this network namespace shapes ran0"), "\(second.errors)")
                #expect(try network.run("gateway", "nft list set inet nac sessions").contains(session))
                // A killed platform leaves no obstacle to the next start.
                first.send(SIGKILL)
                let third = try await serve(network)
                #expect(try network.run("gateway", "nft list set inet nac sessions").contains(session))
                third.send(SIGTERM)
                #expect(try await third.exitCode(within: .seconds(60)) == 0)
            }
        }

        @Test("while an interface is away the platform is not ready, and is again as soon as it has repaired what is back", .timeLimit(.minutes(3)))
        func readiness() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                let platform = try await serve(network)
                _ = try await createSession(network)
                func gauge() throws -> String {
                    try network.run("gateway", "curl -s http://127.0.0.1:9091/metrics | grep '^nac_network_in_order'")
                }
                func health() throws -> String { try network.run("gateway", "curl -s http://127.0.0.1:9091/health/ready") }
                try await wait(upTo: .seconds(30), for: "readiness") { try health().contains("UP") }
                #expect(try gauge().hasSuffix(" 1\n"))
                // The next regular comparison is a minute away.
                try network.run("gateway", "ip link set ran0 down; ip link set ran0 name ran9; tc qdisc del dev ran9 root")
                try await wait(upTo: .seconds(30), for: "the platform to know") { try health().contains("DOWN") }
                #expect(try gauge().hasSuffix(" 0\n"))
                try network.run("gateway", "ip link set ran9 name ran0; ip link set ran0 up")
                try await wait(upTo: .seconds(30), for: "the repair") { try health().contains("UP") }
                #expect(try network.run("gateway", "tc class show dev ran0").contains("class htb 4e41:10 "))
                #expect(try gauge().hasSuffix(" 1\n"))
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(60)) == 0)
            }
        }
    }
}
