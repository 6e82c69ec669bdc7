import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// The operator's view of a running platform.
    @Suite struct OperationsTests {
        private static let body = """
            {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.7"},"qosProfile":"QOS_L","duration":3600}
            """

        @Test("a sandbox shows its metrics, with what clients have done")
        func metrics() async throws {
            try await ServerProcess.with { server in
                let client = RawClient(address: server.address)
                let created = try await client.create(Self.body)
                #expect(created.status == 201)
                #expect(try await client.create(Self.body).status == 409)
                let answer = try await client.send("GET", "/metrics")
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 200)
                let lines = text.split(separator: "\n")
                for line in [
                    "nac_http_requests_total{operation=\"createSession\",status=\"201\"} 1", "nac_http_requests_total{operation=\"createSession\",status=\"409\"} 1",
                    "nac_http_request_duration_seconds_count{operation=\"createSession\"} 2", "# TYPE nac_store_commit_duration_seconds histogram",
                    "nac_sessions{network=\"simulated\",site=\"default\",status=\"AVAILABLE\"} 1", "nac_outbox_pending_events 0", "nac_work_queue_depth 0",
                    "nac_rejected_tokens_total{reason=\"expired\"} 0", "nac_deliveries_total{outcome=\"delivered\"} 0", "nac_metrics_dropped_series_total 0",
                ] {
                    #expect(lines.contains(Substring(line)), "\(line) is not in\n\(text)")
                }
                // The search is for a phone number, because a sum of seconds can also have seven nines in a row.
                #expect(!text.contains("+9999999") && !text.contains("99999991000"))
            }
        }

        @Test("metrics of a platform with keys are for whoever has the token")
        func token() async throws {
            try await TemporaryFolder.with { folder in
                let keys = ["NAC_AUTH_KEYS": "shop=a-key-of-its-own"]
                let closed = try await ServerProcess.start(in: folder, environment: keys)
                #expect(try await RawClient(address: closed.address, token: "a-key-of-its-own").send("GET", "/metrics").status == 404)
                try await closed.stop()

                let token = "0123456789abcdef-for-prometheus"
                let server = try await ServerProcess.start(in: folder, environment: keys.merging(["NAC_METRICS_TOKEN": token]) { $1 })
                #expect(try await RawClient(address: server.address, token: "a-key-of-its-own").send("GET", "/metrics").status == 401)
                let answer = try await RawClient(address: server.address, authorization: "Bearer \(token)").send("GET", "/metrics")
                #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains("nac_sessions{"))
                try await server.stop()
                #expect(!server.process.errors.contains(token) && !server.process.output.contains(token))
            }
        }

        @Test("as JSON every line of the log is an object, from the start to the end, with one for each request")
        func jsonLog() async throws {
            try await TemporaryFolder.with { folder in
                let server = try await ServerProcess.start(in: folder, ["--log-format", "json"])
                let client = RawClient(address: server.address)
                #expect(try await client.create(Self.body).status == 201)
                #expect(try await client.get("018f0000-0000-7000-8000-000000000000").status == 404)
                #expect(try await RawClient(address: server.address, token: "guessed-key").get("018f0000-0000-7000-8000-000000000000").status == 401)
                try await server.stop()
                let lines = server.process.errors.split(separator: "\n")
                var requests: [[String: Any]] = []
                for line in lines {
                    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
                    for name in ["time", "level", "label", "message"] { #expect(object[name] is String, "\(line)") }
                    if object["message"] as? String == "Request" { requests.append(object) }
                }
                #expect(requests.map { $0["operation"] as? String } == ["createSession", "getSession", "getSession"])
                #expect(requests.map { $0["status"] as? Int } == [201, 404, 401])
                #expect(requests.map { $0["client"] as? String } == ["sandbox", "sandbox", "-"])
                #expect(requests.allSatisfy { $0["ms"] is Double && $0["x-correlator"] is String })
                for secret in ["9999999", "guessed-key", "018f0000", "198.51.100"] { #expect(!server.process.errors.contains(secret)) }
            }
        }
    }
}
