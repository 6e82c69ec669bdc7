import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// `nac serve --network linux` while the gateway's tools fail.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct GatewayFaultTests {
        /// Starts the platform, which finds another program in place of `nft`; all other programs find the real `nft`.
        private func start(_ machine: LabMachine, nft: String) throws -> ChildProcess {
            let command = [try #require(Binaries.nac), "serve", "--config", "/run/\(machine.prefix)/nac.yaml", "--database", "sqlite:\(machine.folder)/nac.db"]
            let mount = #"mount --bind "$0" "$(readlink -f "$(command -v nft)")" && exec "$@""#
            return try machine.start(["exec", "gateway", "--", "unshare", "-m", "env", "NAC_NETWORK_RECONCILE_INTERVAL=1", "sh", "-c", mount, nft] + command)
        }

        /// The path of an `nft` that fails while a certain file exists beside it.
        private func failingTool(_ machine: LabMachine) throws -> String {
            let tool = "\(machine.folder)/nft"
            try LabMachine.shell("cp $(readlink -f $(command -v nft)) \(tool)-real")
            let script = "#!/bin/sh\nif [ -e \(tool)-fails ]; then echo told to fail >&2; exit 1; fi\nexec \(tool)-real \"$@\"\n"
            try script.write(toFile: tool, atomically: true, encoding: .utf8)
            try LabMachine.shell("chmod 755 \(tool)")
            return tool
        }

        private func tool(_ machine: LabMachine, _ arguments: String..., endsWith status: Int32 = 0) async throws -> String {
            let process = try machine.start(["exec", "gateway", "--", try #require(Binaries.nac)] + arguments + ["--token", "sandbox", "--format", "json"])
            #expect(try await process.exitCode(within: .seconds(30)) == status, "\(process.errors)")
            return process.output
        }

        private func create(_ machine: LabMachine, _ device: String, profile: String = "QOS_E", status: String) async throws -> String {
            let output = try await tool(
                machine, "session", "create", "--ipv4", "\(device),\(device)", "--service", "198.51.100.7", "--profile", profile, "--duration", "10m",
                endsWith: status == "UNAVAILABLE" ? 77 : 0)
            #expect(output.contains(#""qosStatus":"\#(status)""#), "\(output)")
            return String(try #require(output.firstMatch(of: /"sessionId":"([^"]+)"/)).1)
        }

        @Test("without nft the start ends and says what must be installed", .timeLimit(.minutes(1)))
        func missing() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2")
                let platform = try start(machine, nft: "/dev/null")
                #expect(try await platform.exitCode(within: .seconds(20)) == 78)
                #expect(platform.errors.contains("nft must be installed"), "\(platform.errors)")
                #expect(!platform.output.contains("http://"))
            }
        }

        @Test("a table flushed while nft fails: no session is lost, new ones wait, and all are served as soon as nft works again", .timeLimit(.minutes(2)))
        func failing() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "3")
                let nft = try failingTool(machine)
                let platform = try start(machine, nft: nft)
                try await wait(upTo: .seconds(30), for: "the platform in the gateway") { platform.output.contains("http://127.0.0.1:") }
                let first = try await create(machine, "10.45.4.1", status: "AVAILABLE")
                try LabMachine.shell("touch \(nft)-fails")
                _ = try await machine.exec("gateway", "nft", "delete", "table", "inet", "nac")
                try await wait(upTo: .seconds(30), for: "a comparison that fails") { platform.errors.contains("told to fail") }
                let second = try await create(machine, "10.45.4.2", status: "REQUESTED")
                try LabMachine.shell("rm \(nft)-fails")
                try await wait(upTo: .seconds(60), for: "both sessions in the kernel") {
                    let set = try await machine.exec("gateway", "nft", "list", "set", "inet", "nac", "sessions").output
                    return set.contains(first) && set.contains(second)
                }
                for session in [first, second] {
                    try await wait(upTo: .seconds(30), for: "the session") { try await tool(machine, "session", "get", session).contains(#""qosStatus":"AVAILABLE""#) }
                }
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(20)) == 0)
            }
        }

        @Test("a session that would be guaranteed more than is left is UNAVAILABLE in the answer, and the log says why", .timeLimit(.minutes(1)))
        func full() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "3", "--cell", "10Mbps", "--uplink", "10Mbps")
                let platform = try start(machine, nft: try failingTool(machine))
                try await wait(upTo: .seconds(30), for: "the platform in the gateway") { platform.output.contains("http://127.0.0.1:") }
                let first = try await create(machine, "10.45.4.1", profile: "QOS_M", status: "AVAILABLE")
                let second = try await create(machine, "10.45.4.2", profile: "QOS_M", status: "UNAVAILABLE")
                #expect(try await tool(machine, "session", "get", second).contains(#""statusInfo":"NETWORK_TERMINATED""#))
                #expect(platform.errors.contains("The network refused a session") && platform.errors.contains("the downlink has 1000000 bit/s left to guarantee, 8000000 are needed"))
                _ = try await tool(machine, "session", "delete", first)
                _ = try await create(machine, "10.45.4.3", profile: "QOS_M", status: "AVAILABLE")
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(20)) == 0)
            }
        }

        @Test("an interface that goes away and comes back is programmed again, by the platform itself", .timeLimit(.minutes(2)))
        func interfaceGone() async throws {
            try await LabMachine.with { machine in
                try await machine.up("--devices", "2")
                let platform = try start(machine, nft: try failingTool(machine))
                try await wait(upTo: .seconds(30), for: "the platform in the gateway") { platform.output.contains("http://127.0.0.1:") }
                let session = try await create(machine, "10.45.4.1", status: "AVAILABLE")
                // Under another name, the interface is not the configured one.
                _ = try await machine.exec("gateway", "sh", "-c", "ip link set ran0 down && ip link set ran0 name ran9 && tc qdisc del dev ran9 root && ip link set ran9 up")
                try await wait(upTo: .seconds(30), for: "a comparison that fails") { platform.errors.contains("there is no interface ran0") }
                _ = try await machine.exec("gateway", "sh", "-c", "ip link set ran9 down && ip link set ran9 name ran0 && ip link set ran0 up")
                try await wait(upTo: .seconds(60), for: "the session's class") {
                    let classes = try await machine.exec("gateway", "tc", "class", "show", "dev", "ran0").output
                    let set = try await machine.exec("gateway", "nft", "list", "set", "inet", "nac", "sessions").output
                    return classes.contains("class htb 4e41:1 root") && classes.contains("class htb 4e41:10 ") && set.contains(session)
                }
                #expect(try await tool(machine, "session", "get", session).contains(#""qosStatus":"AVAILABLE""#))
                platform.send(SIGTERM)
                #expect(try await platform.exitCode(within: .seconds(20)) == 0)
            }
        }
    }
}
