import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension Integration {
    /// One platform with two Linux sites on one machine, and real packets.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct GatewaySiteTests {
        private static let phone = "+36721601234567"
        private static let configuration = """
            sites:
              - name: north
                network:
                  driver: linux
                  downlink: { interface: ran0, capacity: 100Mbps }
                  uplink: { interface: wan0, capacity: 50Mbps }
                devices: { subnets: [10.45.0.0/16], file: north.yaml }
              - name: yard
                network:
                  driver: linux
                  downlink: { interface: ran1, capacity: 40Mbps }
                  uplink: { interface: wan1, capacity: 40Mbps }
                devices: { subnets: [10.46.0.0/16], file: yard.yaml }
            """

        private func write(_ text: String, _ name: String, _ network: AccessNetwork) throws {
            let file = "\(network.folder)/\(name)"
            try text.write(toFile: file + ".new", atomically: false, encoding: .utf8)
            #expect(rename(file + ".new", file) == 0)
        }

        private func prepare(_ network: AccessNetwork) throws {
            for name in ["ran1", "wan1"] {
                try network.run("gateway", "ip link add \(name) type veth peer name far-\(name); ip link set \(name) up; ip link set far-\(name) up")
            }
            try network.run(
                "gateway", "ip address add 10.46.0.1/16 dev ran1; ip address add 203.0.113.1/24 dev wan1; ip route add 192.0.2.0/24 via 203.0.113.9")
            try write(Self.configuration, "nac.yaml", network)
            try write("- { phoneNumber: \"\(Self.phone)\", ipv4Address: \(AccessNetwork.device) }\n", "north.yaml", network)
            try write("[]\n", "yard.yaml", network)
        }

        private func classes(_ interface: String, _ network: AccessNetwork) throws -> Int {
            try network.run("gateway", "tc class show dev \(interface)").split(separator: "\n").count
        }

        /// The sessions in the tables of a site.
        private func sessions(_ site: String, _ network: AccessNetwork) throws -> Set<String> {
            let text = try network.run("gateway", "nft list table inet nac-\(site)")
            return Set(text.matches(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/).map { String($0.0) })
        }

        /// The elements that lead to classes, and the sessions of these classes.
        private func elements(_ site: String, _ network: AccessNetwork) throws -> [String] {
            let text = try network.run("gateway", "nft list table inet nac-\(site)")
            return text.split(separator: "\n").map(String.init).filter { $0.contains("4e41:") }
        }

        @Test("each has its interfaces, tables and devices; a device that comes to the other takes its session along, also over a kill", .timeLimit(.minutes(5)))
        func twoSites() async throws {
            try await AccessNetwork.with(.ethernet) { network in
                try prepare(network)
                let platform = try await network.serve(["--config", "nac.yaml"])
                let north = try await network.createSession(["--phone", Self.phone], to: [AccessNetwork.service])
                let yard = try await network.createSession(["--ipv4", "10.46.0.7,10.46.0.7"], to: ["192.0.2.7"])
                #expect(try sessions("north", network) == [north] && sessions("yard", network) == [yard])
                #expect(try classes("ran0", network) == classes("ran1", network))
                try network.ping(from: AccessNetwork.device, to: AccessNetwork.service)
                #expect(try await network.traffic(north).down == 20)
                #expect(try await network.traffic(yard).down == 0)
                let text = try network.run("gateway", "curl -s http://127.0.0.1:9091/metrics")
                for site in ["north", "yard"] {
                    #expect(text.contains(#"nac_network_in_order{network="linux",site="\#(site)"} 1"#), "\(text)")
                    #expect(text.contains(#"nac_sessions{network="linux",site="\#(site)",status="AVAILABLE"} 1"#), "\(text)")
                }

                // The device leaves the one site and comes to the other.
                try write("[]\n", "north.yaml", network)
                try write("- { phoneNumber: \"\(Self.phone)\", ipv4Address: 10.46.0.9 }\n", "yard.yaml", network)
                try await wait(upTo: .seconds(60), for: "the session at the other site") {
                    try sessions("north", network).isEmpty && sessions("yard", network) == [north, yard]
                }
                let told = try await network.tool(["session", "get", north])
                #expect(told.output.contains(#""qosStatus":"AVAILABLE""#), "\(told)")

                // The kernel has the sessions after a kill, and the next process has nothing to do.
                platform.send(SIGKILL)
                _ = try await platform.exitCode(within: .seconds(60))
                let before = try elements("yard", network)
                // The text of a dry run needs the database for itself.
                let plan = try network.run("gateway", "\(try #require(Binaries.nac)) serve --config nac.yaml --database sqlite:nac.db --dry-run")
                #expect(plan.contains("# site north\n") && plan.contains("# site yard\n") && plan.contains(north) && plan.contains(yard))
                let next = try await network.serve(["--config", "nac.yaml"])
                try await wait(upTo: .seconds(60), for: "both sites") {
                    (try? network.run("gateway", "curl -sf http://127.0.0.1:9091/health/ready"))?.contains(#""status":"UP"},{"name":"yard","status":"UP""#) == true
                }
                #expect(try elements("yard", network) == before)
                for session in [north, yard] {
                    let ended = try await network.tool(["session", "delete", session])
                    #expect(ended.code == 0, "\(ended)")
                }
                try await wait(upTo: .seconds(60), for: "the release") { try sessions("yard", network).isEmpty }
                next.send(SIGTERM)
                #expect(try await next.exitCode(within: .seconds(60)) == 0, "\(next.errors)")
            }
        }
    }
}
