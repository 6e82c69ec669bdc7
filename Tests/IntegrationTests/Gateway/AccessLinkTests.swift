import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension Integration {
    /// `nac serve --network linux` where both interfaces are such as operators have: VLANs, PPPoE, WireGuard.
    @Suite(.enabled(if: !AccessLink.possible.isEmpty, "needs a kernel with VLAN, PPPoE or WireGuard, such as Debian's (make kernel)"))
    struct AccessLinkTests {
        private static let packets = 20

        private func tool(_ network: AccessNetwork, _ arguments: String...) async throws -> String {
            let process = try network.start("gateway", [try #require(Binaries.nac)] + arguments + ["--token", "sandbox", "--format", "json"])
            #expect(try await process.exitCode(within: .seconds(60)) == 0, "\(process.errors)")
            return process.output
        }

        /// The platform in the gateway.
        private func serve(_ network: AccessNetwork) async throws -> ChildProcess {
            let process = try network.start(
                "gateway",
                [try #require(Binaries.nac), "serve", "--network", "linux", "--database", "sqlite:\(network.folder)/nac.db", "--device-subnets", "10.45.0.0/16"],
                // An emulated processor takes its time.
                environment: [
                    "NAC_LIMITS_ANSWER_WAIT": "10000",
                    "NAC_NETWORK_DOWNLINK_INTERFACE": "ran0", "NAC_NETWORK_DOWNLINK_CAPACITY": "100Mbps",
                    "NAC_NETWORK_UPLINK_INTERFACE": "wan0", "NAC_NETWORK_UPLINK_CAPACITY": "50Mbps",
                ])
            try await wait(upTo: .seconds(60), for: "the platform in the gateway") {
                guard process.isRunning else { throw ServerProcess.Ended(description: process.errors) }
                return process.output.contains("http://127.0.0.1:")
            }
            return process
        }

        private func createSession(_ network: AccessNetwork) async throws -> String {
            let made = try await tool(
                network, "session", "create", "--ipv4", "\(AccessNetwork.device),\(AccessNetwork.device)", "--service", AccessNetwork.service,
                "--profile", "QOS_M", "--duration", "10m")
            #expect(made.contains(#""qosStatus":"AVAILABLE""#), "\(made)")
            return String(try #require(made.firstMatch(of: /"sessionId":"([^"]+)"/)).1)
        }

        /// Sends packets both ways.
        private func send(_ network: AccessNetwork) throws {
            for (place, target) in [("device", AccessNetwork.service), ("service", AccessNetwork.device)] {
                try network.run(place, "for i in $(seq \(Self.packets)); do echo -n 0123456789 > /dev/udp/\(target)/9; done")
            }
        }

        /// What a session got in one direction.
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
                // Answers that a closed port causes are of the session too, so there may be more, but never fewer.
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
    }
}
