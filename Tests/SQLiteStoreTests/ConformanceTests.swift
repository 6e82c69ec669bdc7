import Foundation
import QoDTestSupport
import SQLiteStore
import Testing

@Suite("SQLite keeps the contract of a store")
struct ConformanceTests {
    @Test("in a file", arguments: SessionStoreConformance.checks)
    func file(check: SessionStoreConformance.Check) async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            try await check.run(store)
            try store.close()
        }
    }

    @Test("in memory", arguments: SessionStoreConformance.checks)
    func memory(check: SessionStoreConformance.Check) async throws {
        try await check.run(try SQLiteStore.inMemory())
    }

    @Test("its figures, in a file", arguments: StoreStatisticsConformance.checks)
    func statistics(check: StoreStatisticsConformance.Check) async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            try await check.run(store)
            try store.close()
        }
    }

    @Test("the outbox, in a file", arguments: DeliveryStoreConformance.checks)
    func outbox(check: DeliveryStoreConformance.Check) async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            try await check.run(store)
            try store.close()
        }
    }
}
