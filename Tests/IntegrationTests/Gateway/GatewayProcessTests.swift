import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

extension Integration {
    /// `nac serve --network linux` on a gateway, while packets flow.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct GatewayProcessTests {
        private static let service = "198.51.100.7"

        /// Starts the platform in the gateway of a running lab.
        private func serve(_ machine: LabMachine, _ more: String...) async throws -> ChildProcess {
            let arguments = [try #require(Binaries.nac), "serve", "--config", "/run/\(machine.prefix)/nac.yaml", "--database", "sqlite:\(machine.folder)/nac.db"]
            let process = try machine.start(["exec", "gateway", "--"] + arguments + more)
            try await wait(upTo: .seconds(30), for: "the platform in the gateway") {
                guard process.isRunning else { throw ServerProcess.Ended(description: process.errors) }
                return process.output.contains("http://127.0.0.1:")
            }
            return process
        }

        private func tool(_ machine: LabMachine, _ arguments: String...) async throws -> LabMachine.Run {
            let process = try machine.start(["exec", "gateway", "--", try #require(Binaries.nac)] + arguments + ["--token", "sandbox", "--format", "json"])
            let code = try await process.exitCode(within: .seconds(30))
            return LabMachine.Run(code: code, output: process.output, errors: process.errors)
        }

        private func create(_ machine: LabMachine, duration: String, _ more: String...) async throws -> String {
            let process = try machine.start(
                ["exec", "gateway", "--", try #require(Binaries.nac), "session", "create", "--ipv4", "10.45.4.1", "--service", Self.service, "--profile",
                 "QOS_M", "--duration", duration, "--token", "sandbox", "--format", "json"] + more)
            #expect(try await process.exitCode(within: .seconds(30)) == 0, "\(process.errors)")
            #expect(process.output.contains(#""qosStatus":"AVAILABLE""#), "\(process.output)")
            return String(try #require(process.output.firstMatch(of: /"sessionId":"([^"]+)"/)).1)
        }

        /// Sends datagrams at 4 Mbit/s from device-1 to the service. The counts exclude the losses of this machine.
        private func flow(_ machine: LabMachine, seconds: Int, while body: () async throws -> Void = {}) async throws -> DatagramFlow.Count {
            let path = DatagramFlow.Path(from: "\(machine.prefix)-device-1", to: "\(machine.prefix)-service", address: Self.service, port: 7_000)
            let flow = try DatagramFlow(path, rate: 4_000_000, size: 1_000)
            let end = ContinuousClock.now + .seconds(seconds)
            try await body()
            try await pause(for: max(end - .now, .zero))
            return try await flow.stop()
        }

        /// The number of packets that the session's class sent and dropped on an interface of the gateway.
        private func classCount(_ machine: LabMachine, _ interface: String) async throws -> (sent: Int, dropped: Int) {
            let text = try await machine.exec("gateway", "tc", "-s", "class", "show", "dev", interface).output
            let match = try #require(text.firstMatch(of: /class htb 4e41:10 [^\n]*\n Sent \d+ bytes (\d+) pkt \(dropped (\d+)/), "\(text)")
            return (try #require(Int(match.1)), try #require(Int(match.2)))
        }

        /// The mean of several round trips from device-1 to the service, in milliseconds.
        private func roundTrip(_ machine: LabMachine) async throws -> Double {
            let ping = try await machine.exec("device-1", "ping", "-c", "15", "-i", "0.1", Self.service)
            return try #require(ping.output.firstMatch(of: /= [0-9.]+\/([0-9.]+)\//).flatMap { Double($0.1) }, "\(ping.output)\(ping.errors)")
        }

        @Test("a platform killed and started again costs a session no packet while others fill the cell; its end takes the priority away", .timeLimit(.minutes(3)))
        func killedWithPacketsUnderWay() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2", "--cell", "20Mbps", "--uplink", "20Mbps")
                let first = try await serve(machine)
                let session = try await create(machine, duration: "30")
                let others = try machine.start(["exec", "device-2", "--", "iperf3", "-c", Self.service, "-p", "5202", "-t", "60", "-P", "8"])
                defer { others.send(SIGKILL) }
                try await pause(for: .seconds(2))
                let servedRoundTrip = try await roundTrip(machine)
                var second: ChildProcess?
                let before = try await classCount(machine, "wan0")
                let served = try await flow(machine, seconds: 7) {
                    try await pause(for: .seconds(2))
                    first.send(SIGKILL)
                    try await pause(for: .seconds(1.5))
                    second = try await serve(machine)
                }
                // The gateway's own counters separate its losses from the losses of the links, which
                // stand still with this machine.
                let after = try await classCount(machine, "wan0")
                #expect(after.dropped == before.dropped && after.sent - before.sent == served.sent && served.sent > 1_000, "\(before) \(after) \(served)")
                #expect(served.lost <= served.sent / 100, "\(served)")

                let traffic = try await tool(machine, "session", "get", session, "--traffic")
                let info = try #require(try JSONSerialization.jsonObject(with: Data(traffic.output.utf8)) as? [String: Any], "\(traffic.errors)")
                let uplink = try #require(info["uplink"] as? [String: Any])
                #expect(uplink["targetMinRate"] as? Int == 8_000_000 && uplink["droppedPackets"] as? Int == 0, "\(traffic.output)")
                #expect(try #require(uplink["packets"] as? Int) >= served.sent, "counted on across the restart")

                let classes = { try await machine.exec("gateway", "tc", "class", "show", "dev", "wan0").output }
                #expect(try await classes().contains("class htb 4e41:10 "))
                try await wait(upTo: .seconds(40), for: "the session's end in the kernel") { try await !classes().contains("class htb 4e41:10 ") }
                #expect(try await roundTrip(machine) > 2 * servedRoundTrip + 10, "without a session packets wait behind all others")
                second?.send(SIGTERM)
                #expect(try await second?.exitCode(within: .seconds(20)) == 0)
            }
        }

        @Test("traffic just outside a session's ports has no part in it, and sessions of one device on different ports are apart", .timeLimit(.minutes(2)))
        func ports() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2", "--cell", "20Mbps", "--uplink", "20Mbps")
                let platform = try await serve(machine)
                let range = try await create(machine, duration: "600", "--service-ports", "7000-7009")
                let single = try await create(machine, duration: "600", "--service-ports", "7020")
                for port in [6999, 7000, 7009, 7010, 7020] {
                    let send = "for i in 1 2 3 4; do echo x > /dev/udp/\(Self.service)/\(port); done"
                    #expect(try await machine.exec("device-1", "bash", "-c", send).code == 0)
                }
                for (session, packets) in [(range, 8), (single, 4)] {
                    let traffic = try await tool(machine, "session", "get", session, "--traffic")
                    #expect(traffic.output.contains(#""packets":\#(packets),"droppedPackets":0}"#), "\(traffic.output)")
                }
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(20)) == 0)
            }
        }

        @Test("a session to an IPv6 subnet has its maximum both ways and no more; IPv4 beside it is not bound", .timeLimit(.minutes(2)))
        func ceilings() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2", "--cell", "20Mbps", "--uplink", "20Mbps")
                let platform = try await serve(machine)
                let made = try await tool(
                    machine, "session", "create", "--ipv6", "2001:db8:45::1000", "--service", "2001:db8:7::/64", "--profile", "QOS_E", "--duration", "10m")
                #expect(made.output.contains(#""qosStatus":"AVAILABLE""#), "\(made.errors)")
                for way in [[], ["-R"]] {
                    func rate(_ address: String) async throws -> Double {
                        let flow = try machine.start(["exec", "device-1", "--", "iperf3", "-J", "-t", "5", "-c", address, "-p", "5201"] + way)
                        let code = try await flow.exitCode(within: .seconds(60))
                        return try LabMachine.received(.init(code: code, output: flow.output, errors: flow.errors))
                    }
                    // 500 kbit/s of IP packets; the payload is 95 % of an IPv6 packet.
                    #expect((300_000...525_000).contains(try await rate("2001:db8:7::7")), "IPv6 \(way)")
                    #expect(try await rate(Self.service) > 5_000_000, "IPv4 \(way)")
                }
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(20)) == 0)
            }
        }

        @Test("without CAP_NET_ADMIN, over somebody else's tree, or without the interface, the start ends and says why", .timeLimit(.minutes(1)))
        func starts() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2")
                let nac = try #require(Binaries.nac)
                let command = [nac, "serve", "--config", "/run/\(machine.prefix)/nac.yaml", "--database", "sqlite::memory:"]
                func ended(_ before: [String], _ more: [String] = []) async throws -> String {
                    let process = try machine.start(["exec", "gateway", "--"] + before + command + more)
                    #expect(try await process.exitCode(within: .seconds(20)) == 78)
                    return process.errors
                }
                #expect(try await ended(["setpriv", "--bounding-set=-net_admin"]).contains("CAP_NET_ADMIN is needed"))
                _ = try await machine.exec("gateway", "tc", "qdisc", "add", "dev", "wan0", "root", "handle", "7:", "htb")
                #expect(try await ended([]).contains("wan0 has a root queueing discipline of another program, htb 7:"))
                #expect(try await machine.exec("gateway", "tc", "qdisc", "show", "dev", "wan0").output.contains("htb 7: root"))
                let plan = try await machine.exec("gateway", nac, "serve", "--config", "/run/\(machine.prefix)/nac.yaml", "--database", "sqlite::memory:", "--dry-run")
                #expect(plan.code == 0 && plan.output.contains("qdisc replace dev wan0 root handle 4e41: stab overhead -14 linklayer ethernet htb default 2"))
                let taking = try await serve(machine, "--take-over")
                #expect(try await machine.exec("gateway", "tc", "qdisc", "show", "dev", "wan0").output.contains("htb 4e41: root"))
                taking.send(SIGTERM)
                #expect(try await taking.exitCode(within: .seconds(20)) == 0)
                _ = try await machine.exec("gateway", "ip", "link", "set", "ran0", "name", "ran9")
                _ = try await machine.exec("gateway", "ip", "link", "set", "ran0", "down")
                _ = try await machine.exec("gateway", "ip", "link", "set", "ran0", "name", "ran9")
                #expect(try await ended([]).contains("there is no interface ran0"))
            }
        }
    }
}
