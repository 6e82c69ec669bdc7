import GRDB
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Counts of live sessions")
struct LiveCountTests {
    @Test("are right when the file is opened again, and nothing of them is on disk")
    func reopening() async throws {
        try await TemporaryFolder.with { folder in
            let limits = LiveSessionLimits(perClient: 2)
            let first = try SQLiteStore.open(path: folder + "/nac.db")
            for server in ["198.51.100.1", "198.51.100.2"] {
                _ = try await first.create(SessionCreation(session: Fixture.session(flow: Fixture.flow(server)), limits: limits))
            }
            try first.close()
            let names = try await DatabaseQueue(path: folder + "/nac.db").read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_master") }
            #expect(!names.contains { $0.contains("live_count") })
            let second = try SQLiteStore.open(path: folder + "/nac.db")
            let third = SessionCreation(session: Fixture.session(flow: Fixture.flow("198.51.100.3")), limits: limits)
            #expect(try await second.create(third) == .limitReached(.client))
            try second.close()
        }
    }
}
