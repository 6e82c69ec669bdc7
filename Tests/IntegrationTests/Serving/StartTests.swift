import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// An impossible start ends soon, with one line about the error.
    @Suite struct StartTests {
        /// Runs `nac serve` and expects a failure.
        private func refusal(
            in folder: String, _ arguments: [String], environment: [String: String] = [:], code expected: Int32
        ) async throws -> String {
            let process = try ServerProcess.launch(in: folder, arguments, environment: environment)
            let code = try await process.exitCode(within: .seconds(10))
            #expect(code == expected, "\(arguments): \(process.errors)")
            #expect(process.output.isEmpty, "no greeting")
            let lines = process.errors.split(separator: "\n")
            #expect(lines.count == 1, "\(process.errors)")
            return lines.joined(separator: "\n")
        }

        @Test("a second server over the same database ends, and the first goes on")
        func secondServer() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let message = try await refusal(in: folder, [], environment: ["NAC_NETWORK_JOURNAL": "\(folder)/other"], code: 74)
                #expect(message.contains("nac.db is in use by another process"))
                #expect(try await RawClient(address: first.address).heldCount() == 0)
                try await first.stop()
            }
        }

        @Test("a database that cannot be one is refused and left alone")
        func badDatabases() async throws {
            try await TemporaryFolder.with { folder in
                let garbage = Data("this is no database at all, but a letter to a friend\n".utf8)
                try garbage.write(to: URL(filePath: "\(folder)/letter.db"))
                #expect(try await refusal(in: folder, ["--database", "sqlite:letter.db"], code: 74).contains("letter.db is not a database"))
                #expect(FileManager.default.contents(atPath: "\(folder)/letter.db") == garbage)

                try FileManager.default.createDirectory(atPath: "\(folder)/folder.db", withIntermediateDirectories: false)
                #expect(try await refusal(in: folder, ["--database", "sqlite:folder.db"], code: 74).contains("folder.db"))

                let missing = try await refusal(in: folder, ["--database", "sqlite:not/there/nac.db"], code: 74)
                #expect(missing.contains("not/there/nac.db") && missing.contains("the folder must exist"))
            }
        }

        @Test("a port that is taken is named")
        func portTaken() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let second = try ServerProcess.launch(in: folder, port: first.port, ["--database", "sqlite::memory:"], environment: ["NAC_NETWORK_JOURNAL": "\(folder)/other"])
                #expect(try await second.exitCode(within: .seconds(10)) != 0)
                #expect(second.errors.contains("\(first.port)"), "\(second.errors)")
                try await first.stop()
            }
        }

        @Test("settings that are wrong are named by their path, with what is allowed")
        func badSettings() async throws {
            try await TemporaryFolder.with { folder in
                try Data("server:\n  prt: 1\n".utf8).write(to: URL(filePath: "\(folder)/typo.yaml"))
                let typo = try await refusal(in: folder, ["--config", "typo.yaml"], code: 78)
                #expect(typo.contains("server.prt: is not a setting") && typo.contains("server.port"))

                try Data("limits: { answerWait: long }\n".utf8).write(to: URL(filePath: "\(folder)/bad.yaml"))
                let bad = try await refusal(in: folder, ["--config", "bad.yaml"], code: 78)
                #expect(bad.contains("limits.answerWait: \"long\" is not a whole number in 0...10000"))

                let level = try await refusal(in: folder, [], environment: ["NAC_LOG_LEVEL": "loud"], code: 78)
                #expect(level.contains("log.level: \"loud\" is not one of trace"))
                #expect(try await refusal(in: folder, ["--config", "none.yaml"], code: 78).contains("none.yaml: cannot be read"))
            }
        }

        @Test("files that TLS cannot be spoken with, and an identity provider that may not be asked, are named by their setting")
        func badAccess() async throws {
            try await TemporaryFolder.with { folder in
                let tls = ["NAC_TLS_CERTIFICATE": "\(folder)/missing.crt", "NAC_TLS_PRIVATE_KEY": "\(folder)/missing.key"]
                #expect(try await refusal(in: folder, [], environment: tls, code: 78).contains("tls.certificate: \(folder)/missing.crt: cannot be read"))
                let half = try await refusal(in: folder, [], environment: ["NAC_TLS_CERTIFICATE": "a"], code: 78)
                #expect(half.contains("tls.privateKey: is missing"))
                let plain = ["NAC_AUTH_ISSUER": "http://idp.example.com", "NAC_AUTH_AUDIENCE": "qod"]
                #expect(try await refusal(in: folder, [], environment: plain, code: 78).contains("auth.issuer: "))
                #expect(try await refusal(in: folder, ["--burst", "3"], code: 78).contains("limits.burst: "))
            }
        }

        @Test("a host that others reach is refused unless keys are configured, and then only those keys work")
        func openHost() async throws {
            try await TemporaryFolder.with { folder in
                let message = try await refusal(in: folder, ["--host", "0.0.0.0"], code: 78)
                #expect(message.contains("server.host: 0.0.0.0") && message.contains("auth.keys"))

                let server = try await ServerProcess.start(in: folder, environment: ["NAC_AUTH_KEYS": "shop=a-key-of-its-own"])
                #expect(try await RawClient(address: server.address).get("018f0000-0000-7000-8000-000000000000").status == 401)
                #expect(try await RawClient(address: server.address, token: "a-key-of-its-own").get("018f0000-0000-7000-8000-000000000000").status == 404)
                try await server.stop()
                #expect(!server.process.errors.contains("a-key-of-its-own") && !server.process.output.contains("a-key-of-its-own"))
            }
        }

        @Test("a platform with keys of its own has no routes of a sandbox")
        func noSandboxRoutes() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, environment: ["NAC_AUTH_KEYS": "shop=a-key-of-its-own"])
                let client = RawClient(address: server.address, token: "a-key-of-its-own")
                for (method, path) in [
                    ("GET", "/sandbox/v1/devices"), ("GET", "/sandbox/v1/network"),
                    ("POST", "/sandbox/v1/sessions/018f0000-0000-7000-8000-000000000000/end"),
                ] {
                    let answer = try await client.send(method, path)
                    #expect(answer.status == 404 && String(decoding: answer.body, as: UTF8.self).contains("There is nothing at"), "\(path)")
                }
                try await server.stop()
                #expect(!server.process.errors.contains("a-key-of-its-own") && !server.process.output.contains("a-key-of-its-own"))
            }
        }
    }
}
