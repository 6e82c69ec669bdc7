import Foundation
import NetworkAsCode
import QoDTestSupport
import Testing

extension Integration {
    /// The tool as users and scripts run it.
    @Suite struct ToolTests {
        private struct Run {
            let code: Int32
            let output: String
            let errors: String
        }

        /// Runs `nac` with the address of a server.
        private func nac(_ arguments: String..., at address: String) async throws -> Run {
            try await nac(arguments, at: address)
        }

        private func nac(_ arguments: [String], at address: String) async throws -> Run {
            try await TemporaryFolder.with { folder in
                let process = try ChildProcess(try #require(Binaries.nac), arguments, environment: ["NAC_SERVER": address, "TZ": "UTC"], in: folder)
                let code = try await process.exitCode(within: .seconds(30))
                return Run(code: code, output: process.output, errors: process.errors)
            }
        }

        private func sessionID(_ run: Run) throws -> String {
            let match = try #require(run.output.firstMatch(of: /"sessionId": ?"([0-9a-f-]{36})"/), "\(run.output)\(run.errors)")
            return String(match.1)
        }

        @Test("a session's course by the tool alone", .timeLimit(.minutes(15)))
        func course() async throws {
            try await ServerProcess.with { server in
                let at = server.address
                let made = try await nac(
                    "session", "create", "--phone-number", "+99999991000", "--service", "233.252.0.2", "--profile", "QOS_L", "--duration", "1h",
                    "--format", "json", at: at)
                #expect(made.code == 0 && made.errors.isEmpty)
                let id = try sessionID(made)

                let shown = try await nac("session", "get", id, at: at)
                #expect(shown.code == 0)
                #expect(shown.output.contains(id) && shown.output.contains("AVAILABLE") && shown.output.contains("in 1 h "), "\(shown.output)")
                let listed = try await nac("session", "list", "--phone-number", "+99999991000", at: at)
                #expect(listed.output.split(separator: "\n").count == 2 && listed.output.contains(id))
                let extended = try await nac("session", "extend", id, "--by", "10m", "--format", "json", at: at)
                #expect(extended.code == 0 && extended.output.contains(/"duration": ?4200/), "\(extended.output)")
                let deleted = try await nac("session", "delete", id, at: at)
                #expect(deleted.code == 0 && deleted.output == "session \(id) deleted\n")
                let again = try await nac("session", "delete", id, at: at)
                #expect(again.code == 66 && again.output.isEmpty && again.errors.contains(id))
            }
        }

        @Test("create waits where it is told to, and clear ends all of a device's sessions", .timeLimit(.minutes(15)))
        func waitingAndClearing() async throws {
            try await ServerProcess.with { server in
                let at = server.address
                for service in ["233.252.0.2", "233.252.0.3"] {
                    let run = try await nac(
                        "session", "create", "--network-access-identifier", "device-2001@testcsp.net", "--service", service, "--profile", "QOS_S",
                        "--wait", at: at)
                    #expect(run.code == 0 && run.output.contains("AVAILABLE"), "\(run.output)\(run.errors)")
                }
                let cleared = try await nac("session", "clear", "--phone-number", "+99999992001", at: at)
                #expect(cleared.code == 0 && cleared.output.split(separator: "\n").count == 2)
                let listed = try await nac("session", "list", "--phone-number", "+99999992001", at: at)
                #expect(listed.code == 0 && listed.output.isEmpty && listed.errors.contains("no sessions"))
            }
        }

        @Test("watch follows a session to its end", .timeLimit(.minutes(15)))
        func watching() async throws {
            try await ServerProcess.with { server in
                let made = try await nac(
                    "session", "create", "--phone-number", "+99999992002", "--service", "233.252.0.2", "--profile", "QOS_L", "--duration", "2s",
                    "--format", "json", at: server.address)
                let id = try sessionID(made)
                let watched = try await nac("session", "watch", id, at: server.address)
                #expect(watched.code == 0)
                let lines = watched.output.split(separator: "\n")
                #expect(lines.count == 3, "\(watched.output)\(watched.errors)")
                #expect(lines.first?.contains("REQUESTED") == true && lines.dropFirst().first?.contains("AVAILABLE until") == true)
                #expect(lines.last?.hasSuffix(" UNAVAILABLE (DURATION_EXPIRED)") == true)
            }
        }

        @Test("clear ends all of a device's sessions, however many there are", .timeLimit(.minutes(2)))
        func clearingMany() async throws {
            try await ServerProcess.with(["--sessions-per-device", "200"]) { server in
                let device = server.client().devices.get(phoneNumber: "+99999991000")
                for number in 0..<150 {
                    _ = try await device.createQoDSession(profile: .qosS, serviceIPv4: "198.51.\(number / 100).\(number % 100)", duration: .seconds(600))
                }
                let listed = try await nac("session", "ls", "--phone", "+99999991000", at: server.address)
                #expect(listed.output.split(separator: "\n").count == 101 && listed.errors.contains("there may be more"), "\(listed.errors)")
                let cleared = try await nac("session", "clear", "--phone", "+99999991000", at: server.address)
                #expect(cleared.code == 0 && cleared.output.split(separator: "\n").count == 150, "\(cleared.errors)")
                #expect(try await device.sessions().isEmpty)
            }
        }

        @Test("a session that the network refuses ends create with 77, with and without --wait", .timeLimit(.minutes(1)), arguments: [true, false])
        func refusal(waits: Bool) async throws {
            try await TemporaryFolder.with { folder in
                // Without --wait, the server's answer must wait for the network, which refuses after two seconds.
                let server = try await ServerProcess.start(in: folder, environment: waits ? [:] : ["NAC_LIMITS_ANSWER_WAIT": "9000"])
                let create = ["session", "create", "--phone", "+99999993000", "--service", "233.252.0.2", "--profile", "QOS_L"]
                let run = try await nac(create + (waits ? ["--wait"] : []), at: server.address)
                #expect(run.code == 77 && run.errors.contains("the network refused session ") && run.errors.contains("NETWORK_TERMINATED"), "\(run.errors)")
                #expect(run.output.contains("UNAVAILABLE") == !waits)
                try await server.stop()
            }
        }

        @Test("profiles and test devices are listed")
        func lists() async throws {
            try await ServerProcess.with { server in
                let profiles = try await nac("profile", "list", at: server.address)
                #expect(profiles.code == 0 && profiles.output.hasPrefix("NAME") && profiles.output.contains("DOWNLINK_L_UPLINK_L"))
                let profile = try await nac("profile", "get", "QOS_E", "--format", "json", at: server.address)
                #expect(profile.code == 0 && profile.output.contains(/"name": ?"QOS_E"/))
                #expect(try await nac("profile", "get", "QOS_NONE", at: server.address).code == 66)
                let devices = try await nac("device", "list", "--limit", "2", at: server.address)
                #expect(devices.code == 0 && devices.output.split(separator: "\n").count == 11, "\(devices.output)")
                #expect(devices.output.contains("+99999995000"))
            }
        }

        @Test("exit codes tell usage, refusal and an unreachable platform apart; what failed is on standard error only")
        func exitCodes() async throws {
            let address = try await ServerProcess.with { server in
                let at = server.address
                let create = ["--service", "233.252.0.2", "--profile", "QOS_L"]
                let usage = try await nac("session", "create", "--phone-number", "12 34", create[0], create[1], create[2], create[3], at: at)
                #expect(usage.code == 64 && usage.output.isEmpty && usage.errors.contains("--phone-number"))
                #expect(try await nac("session", "creat", at: at).code == 64)
                let refused = try await nac("session", "create", "--phone-number", "+99999995000", create[0], create[1], create[2], create[3], at: at)
                #expect(refused.code == 77 && refused.output.isEmpty && refused.errors.contains("SERVICE_NOT_APPLICABLE"))
                let token = try await nac("profile", "list", "--token", "nobody", at: at)
                #expect(token.code == 77 && token.errors.contains("UNAUTHENTICATED") && !token.errors.contains("nobody"))
                let unknown = try await nac("session", "list", "--phone-number", "+36201234567", at: at)
                #expect(unknown.code == 66 && unknown.errors.contains("IDENTIFIER_NOT_FOUND"))
                return at
            }
            let unreachable = try await nac("profile", "list", at: address)
            #expect(unreachable.code == 69 && unreachable.output.isEmpty && unreachable.errors.contains("nac serve"), "\(unreachable.errors)")
        }
    }
}
