import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// Runs the commands of docs/linux-gateway.md as they are.
    @Suite(.enabled(if: LabMachine.isPossible, "needs root, ip, tc, nft, iperf3, ping and curl")) struct GatewayDocumentTests {
        private struct Block {
            let language: String
            let text: String
        }

        private static func blocks() throws -> [Block] {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let document = try String(contentsOf: root.appending(path: "docs/linux-gateway.md"), encoding: .utf8)
            return document.matches(of: /```([a-z]+)\n((?:.|\n)*?)```/).map { Block(language: String($0.1), text: String($0.2)) }
        }

        /// Replaces the parts that differ from a bare machine.
        private static func substituted(_ text: String, folder: String) -> String {
            let substitutions = [
                // The machine's own files stay unchanged.
                ("/etc/nac.yaml", "\(folder)/etc/nac.yaml"),
                ("/etc/sysctl.d", "\(folder)/etc/sysctl.d"),
                ("/var/lib/nac", "\(folder)/var/lib/nac"),
                // The packages are installed; the test only checks that they exist.
                ("apt-get install", "apt-get --simulate install"),
                // The test keeps the answer of the creation in a file.
                ("nac session create", "nac session create --format json"),
                ("--token a-long-secret-key\nnac session get", "--token a-long-secret-key | tee \(folder)/created\nnac session get"),
                ("SESSION", "$(sed -E 's/.*\"sessionId\":\"([^\"]+)\".*/\\1/' \(folder)/created)"),
            ]
            return substitutions.reduce(text) { $0.replacing($1.0, with: $1.1) }
        }

        @Test("every command of the gateway's document works on a bare machine, in the order of the document", .timeLimit(.minutes(3)))
        func commands() async throws {
            let blocks = try Self.blocks()
            #expect(blocks.count { $0.language == "sh" } >= 8 && blocks.count { $0.language == "yaml" } == 1)
            try await AccessNetwork.with(.ethernet) { network in
                let folder = network.folder
                try network.run("gateway", "echo 0 > /proc/sys/net/ipv4/ip_forward")
                try LabMachine.shell("mkdir -p \(folder)/etc/sysctl.d \(folder)/var/lib \(folder)/bin; ln -s \(try #require(Binaries.nac)) \(folder)/bin/nac")
                var script = "set -e\nexport PATH=\(folder)/bin:$PATH\n"
                for block in blocks {
                    let text = Self.substituted(block.text, folder: folder)
                    switch block.language {
                    case "yaml": script += "cat > \(folder)/etc/nac.yaml <<'END'\n\(text)END\n"
                    default: script += "set -x\n\(text){ set +x; } 2>/dev/null\n"
                    }
                }
                script += "echo all commands worked\n"
                try script.write(toFile: "\(folder)/script", atomically: true, encoding: .utf8)
                let run = try network.start("gateway", ["bash", "\(folder)/script"])
                #expect(try await run.exitCode(within: .seconds(120)) == 0, "\(run.output)\(run.errors)")
                #expect(run.output.contains("all commands worked") && run.output.contains(#""qosStatus":"AVAILABLE""#), "\(run.output)")
                #expect(run.output.contains("class htb 4e41:10 ") && run.output.contains("table inet nac"))
                // Forwarding is on, and the platform has left no state.
                #expect(try network.run("gateway", "cat /proc/sys/net/ipv4/ip_forward") == "1\n")
                #expect(try network.run("gateway", "nft list tables; tc qdisc show").contains("nac") == false)
            }
        }
    }
}
