import CAMARA
import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// The events that a platform keeps after their sessions are gone.
    @Suite struct EventBoundTests {
        private func body(_ number: Int, sink: String? = nil) -> String {
            let sink = sink.map { ",\"sink\":\"\($0)\"" } ?? ""
            return """
                {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.100.\(number)"},"qosProfile":"QOS_L",\
                "duration":3600\(sink)}
                """
        }

        private func metric(_ name: String, _ server: ServerProcess) async throws -> Int? {
            let text = String(decoding: try await RawClient(address: server.address).send("GET", "/metrics").body, as: UTF8.self)
            return text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }?.split(separator: " ").last.flatMap { Int($0) }
        }

        @Test("events of deleted sessions without a sink go after their time, those of live sessions and those with a sink stay")
        func unwanted() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let api = RawClient(address: first.address)
                for number in 1...20 {
                    let session = try await api.create(body(number)).session()
                    #expect(try await api.delete(session.sessionID).status == 204)
                }
                let live = try await api.create(body(21)).session()
                let told = try await api.create(body(22, sink: "http://127.0.0.1:9/")).session()
                #expect(try await api.delete(told.sessionID).status == 204)
                #expect(try await metric("nac_store_events", first) == 43)
                try await first.stop()
                try await pause(for: .milliseconds(1100))

                let second = try await ServerProcess.start(in: folder, environment: ["NAC_LIMITS_KEEP_EVENTS_WITHOUT_SINK": "1"])
                try await wait(upTo: .seconds(90), for: "the events to go") { try await metric("nac_store_events", second) == 3 }
                for id in [live.sessionID, told.sessionID] {
                    let events = try await RawClient(address: second.address).send("GET", "/insights/v1/sessions/\(id)/events")
                    #expect(events.status == 200 && events.body.count > 2)
                }
                try await second.stop()
            }
        }

        @Test("beyond the bound of events the oldest notifications that do not arrive are given up, counted and logged")
        func overflow() async throws {
            try await TemporaryFolder.with { folder in
                let unlimited = ["NAC_LIMITS_SESSIONS_PER_DEVICE": "0"]
                let first = try await ServerProcess.start(in: folder, environment: unlimited)
                var sessions: [String] = []
                for number in 1...120 {
                    sessions.append(try await RawClient(address: first.address).create(body(number, sink: "http://127.0.0.1:9/")).session().sessionID)
                }
                try await first.kill()
                let second = try await ServerProcess.start(
                    in: folder, environment: unlimited.merging(["NAC_LIMITS_STORED_EVENTS": "100"]) { $1 })
                try await wait(upTo: .seconds(90), for: "the bound to be kept") { try await metric("nac_store_events", second) == 100 }
                #expect(try await metric("nac_deliveries_total{outcome=\"overflow\"}", second) == 20)
                try await wait(upTo: .seconds(60), for: "the warning") {
                    second.process.errors.contains("Notifications are given up") && second.process.errors.contains("kind=manyEvents")
                }
                let newest = try await RawClient(address: second.address).send("GET", "/insights/v1/sessions/\(sessions[119])/events")
                #expect(String(decoding: newest.body, as: UTF8.self).contains(#""delivery":"pending""#))
                try await second.stop()
            }
        }
    }
}
