import CoreMetrics
import Foundation
import HTTPTypes
import Logging
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import SimulatedNetwork
import Testing

@testable import Access
@testable import Operations
@testable import QoDServer

@Suite("The platform's metrics", .timeLimit(.minutes(2)))
struct PlatformMetricTests {
    /// Accepts each event about an available session, and refuses all other events for good.
    private struct OpenSink: EventSink {
        func deliver(_ event: SessionEvent) async -> DeliveryOutcome { event.change.status == .available ? .delivered : .stop(.status(404)) }
    }

    private func scrape(_ platform: Platform) async throws -> Exposition {
        let answer = try await platform.caller.send(.get, "/metrics", headers: ["X-RapidAPI-Key": nil])
        #expect(answer.status == 200 && answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        return try Exposition(answer.body)
    }

    @Test("tell of the lives of sessions, and each is there with its help")
    func life() async throws {
        let registry = PrometheusRegistry()
        try await withMetricsFactory(registry) { () async throws in
            let (clock, store) = (TestClock(), try SQLiteStore.inMemory())
            let keys = APIKeyAuthenticator(keys: [(ClientID("one"), "sandbox"), (ClientID("two"), "sandbox-2")])
            let setup = Setup {
                $0.clock = clock
                $0.requestClock = clock
                $0.store = store
                $0.metrics = registry
                $0.authenticator = CredentialAuthenticator(tokens: TestIssuer.shared.verifier(), keys: keys)
            }
            let courier = Courier(store: store, sink: OpenSink(), clock: clock, logger: setup.logger)
            try await Platform.with(setup) { platform in
                try await play(platform, clock)
                clock.advance(by: .seconds(20))
                try await checkBeforeDelivery(try await scrape(platform))
                let running = Task { try await courier.run() }
                try await eventually {
                    clock.advance(by: .seconds(6))
                    return try await scrape(platform)["nac_outbox_pending_events"] == 0
                }
                try await checkInTheEnd(try await scrape(platform))
                running.cancel()
                _ = await running.result
            }
        }
    }

    /// Creates a session that is deleted, one that expires and one that stays, and sends requests that fail.
    private func play(_ platform: Platform, _ clock: TestClock) async throws {
        let deleted = try await platform.session(["sink": "\"https://sink.example/x\""])
        #expect(try await platform.caller.get(deleted).status == 200)
        #expect(try await platform.caller.delete(deleted).status == 204)
        #expect(try await platform.caller.get(deleted).status == 404)
        let expired = try await platform.session(["device": Body.phone(1001), "duration": "60"])
        _ = try await platform.session(["device": Body.phone(1002)])
        clock.advance(by: .seconds(60))
        let ids = [deleted, expired].compactMap(SessionID.init)
        try await eventually {
            clock.advance(by: .milliseconds(200))
            return try await platform.store.sessions(ids).isEmpty
        }
        #expect(try await platform.caller.send(.get, Path.session(deleted), headers: ["X-RapidAPI-Key": "guess"]).status == 401)
        #expect(try await platform.caller.send(.get, "/made/up?phone=%2B99999991000").status == 404)
    }

    private func checkBeforeDelivery(_ shown: Exposition) async throws {
        func requests(_ operation: String, _ status: Int) -> Double? { shown["nac_http_requests_total", ["operation": operation, "status": "\(status)"]] }
        #expect(requests("createSession", 201) == 3 && requests("deleteSession", 204) == 1)
        #expect(requests("getSession", 404) == 1 && requests("getSession", 401) == 1 && requests("unknown", 404) == 1)
        #expect(shown["nac_http_request_duration_seconds_count", ["operation": "createSession"]] == 3)
        #expect(shown["nac_http_request_duration_seconds_count", ["operation": "deleteSession"]] == 1)
        #expect(shown["nac_sessions", ["status": "AVAILABLE", "network": "simulated", "site": "default"]] == 1)
        #expect(shown["nac_sessions", ["status": "REQUESTED", "network": "simulated", "site": "default"]] == 0)
        #expect(shown["nac_outbox_pending_events"] == 2)
        #expect(try #require(shown["nac_outbox_oldest_age_seconds"]) >= 80)
        #expect(try #require(shown["nac_deadline_lateness_seconds_count"]) >= 1)
        #expect(shown["nac_rejected_tokens_total", ["reason": "unknown_credential"]] == 1)
        #expect(shown["nac_work_queue_depth"] == 0)
        #expect(try #require(shown["nac_store_commit_duration_seconds_count"]) >= 4)
        #expect(shown["nac_store_batch_size_count"] == shown["nac_store_commit_duration_seconds_count"])
    }

    private func checkInTheEnd(_ shown: Exposition) async throws {
        #expect(shown["nac_deliveries_total", ["outcome": "delivered"]] == 1)
        #expect(shown["nac_deliveries_total", ["outcome": "status-4xx"]] == 1)
        #expect(shown["nac_outbox_oldest_age_seconds"] == 0)
        // The simulated network counts no packets.
        let countsPackets = { (metric: PlatformMetric) in metric.rawValue.hasPrefix("nac_session_traffic_") || metric == .silentSessions }
        for metric in PlatformMetric.allCases where !countsPackets(metric) {
            #expect(shown.help[metric.rawValue]?.isEmpty == false, "\(metric.rawValue) is not exported")
            #expect(shown.types[metric.rawValue] != nil)
            let isThere = shown.values.keys.contains { $0.name == metric.rawValue || $0.name == "\(metric.rawValue)_count" }
            #expect(isThere, "\(metric.rawValue) has no value")
        }
        #expect(shown["nac_metrics_dropped_series_total"] == 0)
        #expect(!shown.order.contains { $0.labels.values.contains { $0.contains("9999999") || $0.contains("made") } })
    }

    @Test("are there for whoever has the token alone, where there is one, and nowhere unless they are wanted")
    func access() async throws {
        try await Platform.with { platform in
            try await platform.caller.send(.get, "/metrics").expectError(404, "NOT_FOUND")
        }
        let token = "0123456789abcdef-metrics"
        let setup = Setup {
            $0.metrics = PrometheusRegistry()
            $0.metricsToken = token
        }
        try await Platform.with(setup) { platform in
            try await platform.caller.send(.get, "/metrics").expectError(401, "UNAUTHENTICATED", "the token for metrics")
            for wrong in ["Bearer \(token)x", "Bearer ", "Bearer", token, "Basic \(token)", "Bearer sandbox"] {
                #expect(try await platform.caller.send(.get, "/metrics", headers: ["Authorization": wrong]).status == 401, "\(wrong)")
            }
            let right = try await platform.caller.send(.get, "/metrics", headers: ["Authorization": "bearer \(token)"])
            #expect(right.status == 200 && !right.body.contains(token))
            #expect(try await platform.caller.send(.post, "/metrics").status == 405)
        }
    }

    @Test("can be read while the platform is busy, and a store that fails leaves gaps")
    func busy() async throws {
        let clock = TestClock()
        let setup = Setup {
            $0.metrics = PrometheusRegistry()
            $0.requestClock = clock
            $0.server.maximumInFlight = 0
        }
        try await Platform.with(setup) { platform async throws in
            #expect(try await platform.caller.create().status == 503)
            #expect(try await scrape(platform)["nac_outbox_pending_events"] == 0)
        }
        let closed = try SQLiteStore.inMemory()
        let registry = PrometheusRegistry()
        let engine = SessionEngine(
            store: closed, network: try SimulatedNetwork(clock: clock), directory: SandboxDirectory(), logger: setup.logger)
        let access = MetricsAccess(registry: registry, statistics: closed, networks: [.default: "simulated"], token: nil)
        let readings = StoreReadings(access, engine: engine, clock: clock, logger: setup.logger)
        try closed.close()
        await readings.refresh()
        let shown = try Exposition(String(decoding: registry.exposition(), as: UTF8.self))
        #expect(shown["nac_outbox_pending_events"]?.isNaN == true)
        #expect(shown["nac_sessions", ["status": "AVAILABLE", "network": "simulated", "site": "default"]]?.isNaN == true)
    }

    @Test("are what the dashboard asks for and the documentation lists, all of them")
    func dashboard() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let json = try String(contentsOf: root.appending(path: "docs/grafana/nac.json"), encoding: .utf8)
        #expect(JSONSerialization.isValidJSONObject(try JSONSerialization.jsonObject(with: Data(json.utf8))))
        let ids = json.matches(of: /"id": ([0-9]+)/).map { String($0.output.1) }
        #expect(Set(ids).count == ids.count, "two panels of the dashboard have the same id")
        let known = Set(PlatformMetric.allCases.map(\.rawValue))
        let histograms: Set = ["nac_http_request_duration_seconds", "nac_deadline_lateness_seconds", "nac_store_commit_duration_seconds", "nac_store_batch_size"]
        var asked: Set<String> = []
        for match in json.matches(of: /nac_[a-z_]+/) {
            let name = String(match.output)
            let family = ["_bucket", "_sum", "_count"].lazy.filter { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }.first ?? name
            #expect(known.contains(family), "\(name) is not exported")
            #expect((family != name) == histograms.contains(family), "\(name) is not how it is exported")
            asked.insert(family)
        }
        #expect(asked == known)
        let operations = try String(contentsOf: root.appending(path: "docs/operations.md"), encoding: .utf8)
        for name in known { #expect(operations.contains("| `\(name)` |"), "\(name) is not in docs/operations.md") }
    }
}
