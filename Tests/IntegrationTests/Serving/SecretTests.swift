import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// The program never writes a secret, at any log level.
    @Suite struct SecretTests {
        /// The secrets of one run. The test uses each secret in every place that can have one.
        private struct Canaries {
            let key = "canary-key-\(UUID().uuidString)"
            let metricsToken = "canary-metrics-\(UUID().uuidString)"
            let stranger = "canary-stranger-\(UUID().uuidString)"
            let guess = "canary-guess-\(UUID().uuidString)"
            let sink = "canary-sink-\(UUID().uuidString)"
            let query = "canary-query-\(UUID().uuidString)"

            var all: [String] { [key, metricsToken, stranger, guess, sink, query] }
        }

        @Test(
            "no secret setting, no credential and no variable of another program is written, at any level of the log",
            .timeLimit(.minutes(5)), arguments: ["trace", "debug", "info", "notice", "warning", "error", "critical"])
        func levels(_ level: String) async throws {
            for isInFile in [true, false] {
                try await TemporaryFolder.with { folder async throws in
                    let canaries = Canaries()
                    var environment = ["UNRELATED_PASSWORD": canaries.stranger]
                    if isInFile {
                        let file = "auth: { keys: [ 'shop=\(canaries.key)' ] }\nmetrics: { token: '\(canaries.metricsToken)' }\n"
                        try Data(file.utf8).write(to: URL(filePath: "\(folder)/nac.yaml"))
                    } else {
                        environment["NAC_AUTH_KEYS"] = "shop=\(canaries.key)"
                        environment["NAC_METRICS_TOKEN"] = canaries.metricsToken
                    }
                    let sinks = ["--allow-http-sinks", "--allow-private-sinks"]
                    let server = try await ServerProcess.start(
                        in: folder, ["--log-level", level] + sinks + (isInFile ? ["--config", "nac.yaml"] : []), environment: environment)
                    try await use(server, canaries)
                    server.process.send(1)
                    try await server.stop()
                    try search(server, in: folder, canaries, "\(level), \(isInFile ? "file" : "environment")")
                }
            }
        }

        /// Sends requests with correct and wrong credentials, and one request with a sink that does not answer.
        private func use(_ server: ServerProcess, _ canaries: Canaries) async throws {
            let body = """
                {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.7"},"qosProfile":"QOS_L","duration":3600,\
                "sink":"http://127.0.0.1:9/hook?\(canaries.query)","sinkCredential":{"credentialType":"ACCESSTOKEN","accessToken":"\(canaries.sink)",\
                "accessTokenExpiresUtc":"2099-01-01T00:00:00Z","accessTokenType":"Bearer"}}
                """
            let client = RawClient(address: server.address, token: canaries.key)
            #expect(try await client.create(body).status == 201)
            #expect(try await client.create("{\"device\": \"\(canaries.guess)\"}").status == 400)
            #expect(try await RawClient(address: server.address, token: canaries.guess).create(body).status == 401)
            #expect(try await RawClient(address: server.address, token: "", authorization: "Bearer ey.\(canaries.guess).x").create(body).status == 401)
            #expect(try await client.send("GET", "/nowhere/\(canaries.guess)?\(canaries.guess)").status == 404)
            #expect(try await RawClient(address: server.address, token: "", authorization: "Bearer \(canaries.metricsToken)").send("GET", "/metrics").status == 200)
            #expect(try await RawClient(address: server.address, token: "", authorization: "Bearer \(canaries.guess)").send("GET", "/metrics").status == 401)
        }

        /// Searches the program's output and all its files. The database is left out, because
        /// it holds the sink and its token.
        private func search(_ server: ServerProcess, in folder: String, _ canaries: Canaries, _ run: String) throws {
            var texts = ["output": server.process.output, "errors": server.process.errors]
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "nac.yaml" && !name.hasPrefix("nac.db") {
                texts[name] = String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
            }
            for (place, text) in texts {
                for canary in canaries.all { #expect(!text.contains(canary), "\(run): \(place) has \(canary.split(separator: "-")[1])") }
            }
        }
    }
}
