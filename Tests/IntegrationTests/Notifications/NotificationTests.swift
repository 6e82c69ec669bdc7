import CAMARA
import Foundation
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import Testing

extension Integration {
    /// Notifications from a real server to a real sink.
    @Suite struct NotificationTests {
        private static let environment = [
            "NAC_NOTIFICATIONS_FIRST_DELAY": "50", "NAC_NOTIFICATIONS_LARGEST_DELAY": "1", "NAC_NOTIFICATIONS_LARGEST_HOST_PAUSE": "1",
        ]

        private func body(_ device: Int, server: Int, port: Int) -> String {
            """
            {"device":{"phoneNumber":"+9999999\(device)"},"applicationServer":{"ipv4Address":"198.51.\(server / 250).\(server % 250)"},\
            "qosProfile":"QOS_L","duration":600,"sink":"http://127.0.0.1:\(port)/\(server % 7)","sinkCredential":{"credentialType":"ACCESSTOKEN",\
            "accessToken":"sink-token","accessTokenExpiresUtc":"2099-01-01T00:00:00Z","accessTokenType":"bearer"}}
            """
        }

        @Test("a server killed again and again while it delivers loses no event, keeps the order, and repeats with the same id", .timeLimit(.minutes(15)))
        func killedWhileDelivering() async throws {
            try await TemporaryFolder.with { folder async throws in
                let sink = try await CountingSink(failing: 20)
                let created = NIOLockedValueBox<[String]>([])
                let deleted = NIOLockedValueBox<Set<String>>([])
                var number = 0
                for round in 1...6 {
                    let server = try await ServerProcess.start(in: folder, environment: Self.environment)
                    let first = number
                    number += 60
                    await withTaskGroup(of: Void.self) { group in
                        for index in first..<number {
                            group.addTask {
                                let api = RawClient(address: server.address)
                                guard let answer = try? await api.create(body(1000 + index % 100, server: index, port: sink.port)), answer.status == 201,
                                    let session = try? answer.session()
                                else { return }
                                created.withLockedValue { $0.append(session.sessionID) }
                                if index.isMultiple(of: 2), let deletion = try? await api.delete(session.sessionID), deletion.status == 204 {
                                    deleted.withLockedValue { _ = $0.insert(session.sessionID) }
                                }
                            }
                        }
                        group.addTask {
                            try? await pause(for: .milliseconds(80 + 60 * round))
                            try? await server.kill()
                        }
                    }
                }
                let server = try await ServerProcess.start(in: folder, environment: Self.environment)
                // Every session with an answered creation has its event after a kill, and every
                // deleted session has its second event.
                let ids = created.withLockedValue { $0 }
                let gone = deleted.withLockedValue { $0 }
                try await wait(upTo: .seconds(60), for: "all events") {
                    let found = sink.found.bySession
                    return ids.allSatisfy { id in
                        let told = found[id]?.map(\.qosStatus) ?? []
                        return gone.contains(id) ? told.contains(.unavailable) : told.contains(.available)
                    }
                }
                // All repeated deliveries arrive during this pause, and then no event is pending.
                try await pause(for: .seconds(1))
                let found = sink.found
                #expect(ids.count > 50, "only \(ids.count) sessions were made")
                #expect(found.unreadable == 0 && found.wrongToken == 0)
                #expect(found.refused > 0, "the sink failed at times")
                for (id, events) in found.bySession {
                    let statuses = events.map(\.qosStatus)
                    #expect([[.available], [.unavailable], [.available, .unavailable]].contains(statuses), "\(id): \(statuses)")
                    #expect(events.map(\.time) == events.map(\.time).sorted())
                }
                let repeats = found.arrivals.values.filter { $0 > 1 }.count
                print("notifications: \(ids.count) sessions, \(found.arrivals.count) events, \(repeats) more than once, \(found.refused) refused")
                let api = RawClient(address: server.address)
                for id in ids {
                    var text = ""
                    try await wait(upTo: .seconds(30), for: "the result of each delivery") {
                        let answer = try await api.send("GET", "/insights/v1/sessions/\(id)/events")
                        text = String(decoding: answer.body, as: UTF8.self)
                        return !text.contains("pending")
                    }
                    #expect(!text.contains("pending") && !text.contains("stopped") && text.contains("delivered"), "\(id): \(text)")
                }
                try await server.stop()
            }
        }

        @Test("a sink that hangs does not delay another one, and stopping does not wait for it")
        func hangingSink() async throws {
            let sink = try await CountingSink(failing: 0)
            try await ServerProcess.with { server async throws in
                let api = RawClient(address: server.address)
                // No program accepts there: the kernel makes the connection, and nothing is ever sent on it.
                let hanging = try await HangingListener()
                for index in 0..<50 { #expect(try await api.create(body(1000 + index, server: index, port: hanging.port)).status == 201) }
                let start = ContinuousClock.now
                let session = try await api.create(body(1099, server: 99, port: sink.port)).session()
                try await wait(upTo: .seconds(3), for: "the other sink's event") { sink.found.bySession[session.sessionID] != nil }
                print("notifications: arrived after \(ContinuousClock.now - start) beside a sink that hangs")
                withExtendedLifetime(hanging) {}
            }
        }

        @Test("nac session get --events shows what was delivered, and a platform that is no sandbox refuses sinks inside")
        func shown() async throws {
            let sink = try await CountingSink(failing: 0)
            try await ServerProcess.with { server async throws in
                let api = RawClient(address: server.address)
                let session = try await api.create(body(1000, server: 1, port: sink.port)).session()
                try await wait(upTo: .seconds(5), for: "the event") { sink.found.bySession[session.sessionID] != nil }
                try await wait(upTo: .seconds(5), for: "its being shown") { () async throws -> Bool in
                    try await TemporaryFolder.with { folder async throws in
                        let tool = try ChildProcess(
                            try #require(Binaries.nac), ["session", "get", session.sessionID, "--events", "--server", server.address, "--token", "sandbox"],
                            in: folder)
                        #expect(try await tool.exitCode(within: .seconds(10)) == 0, "\(tool.errors)")
                        return tool.output.contains("AVAILABLE") && tool.output.contains("delivered")
                    }
                }
            }
            try await ServerProcess.with(["--no-allow-private-sinks"]) { server async throws in
                let api = RawClient(address: server.address)
                #expect(try await api.create(body(1000, server: 1, port: sink.port)).status == 400)
            }
        }
    }
}
