import Foundation
import NetworkAsCode
import QoDTestSupport
import QualityOnDemand
import Testing

extension Integration {
    /// A normal stop, and the next start.
    @Suite struct StoppingTests {
        @Test("SIGTERM under load ends the server soon and well, and nothing that was answered is lost", .timeLimit(.minutes(15)))
        func terminatedUnderLoad() async throws {
            try await TemporaryFolder.with { folder in
                let ledger = Ledger()
                let load = Load(ledger: ledger, seed: 1)
                let work = Task { await load.run() }
                defer { load.end() }
                for _ in 1...3 {
                    let server = try await ServerProcess.start(in: folder)
                    load.resume(server)
                    try await pause(for: .milliseconds(700))
                    try await server.stop(within: .seconds(5))
                    try await load.settle()
                }
                load.end()
                await work.value
                let server = try await ServerProcess.start(in: folder)
                let api = RawClient(address: server.address)
                for entry in ledger.entries {
                    let asked = Timestamp.now
                    try ledger.check(entry, against: try await api.get(entry.id), asked: asked, answered: .now, graceFrom: server.startedAt)
                }
                #expect(ledger.violations.isEmpty, "\(ledger.violations.prefix(5).joined(separator: "\n"))")
                #expect(ledger.entries.count > 50)
                try await server.stop()
            }
        }

        @Test("a session that was still requested when the server was killed becomes available after the restart", .timeLimit(.minutes(15)))
        func requestedAcrossCrash() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let session = try await first.client().devices.get(phoneNumber: "+99999992000")
                    .createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2")
                #expect(session.status == .requested)
                try await first.kill()
                let second = try await ServerProcess.start(in: folder)
                let found = try await second.client().sessions.get(session.id)
                #expect(try await found.waitUntilAvailable(timeout: .seconds(10)).status == .available)
                try await second.stop()
            }
        }

        @Test("sessions whose time ran out while no server was there end at once, as of when they were due")
        func expiredMeanwhile() async throws {
            try await TemporaryFolder.with { folder in
                let first = try await ServerProcess.start(in: folder)
                let session = try await first.client().devices.get(phoneNumber: "+99999991000")
                    .createQoDSession(profile: .qosM, serviceIPv4: "233.252.0.2", duration: .seconds(1))
                try await first.kill()
                try await pause(for: .seconds(1.5))
                let second = try await ServerProcess.start(in: folder)
                let api = RawClient(address: second.address)
                try await wait(upTo: .seconds(1), for: "the end of the session") { try await api.get(session.id).status == 404 }
                try await wait(upTo: .seconds(1), for: "the network's end of it") { try await api.heldCount() == 0 }
                try await second.stop()
                let events = try EventFile(path: "\(folder)/nac.db").events[session.id]
                let due = Timestamp(milliseconds: Int64((try #require(session.expiresAt).timeIntervalSince1970 * 1000).rounded()))
                #expect(events?.last == .init(status: .unavailable, info: .durationExpired, time: due))
            }
        }
    }
}
