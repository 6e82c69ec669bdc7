import Foundation
import QoDTestSupport
import SQLiteStore
import SessionEngine
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

    @Test("its runs, in a file", arguments: SessionStoreConformance.runs)
    func runs(check: SessionStoreConformance.Check) async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            try await check.run(store)
            try store.close()
            let next = try SQLiteStore.open(path: folder + "/nac.db")
            #expect(try await next.beginRun().endedWell, "a store that was closed ended its run")
            try next.close()
        }
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

    @Test("its leases, shared in one process", arguments: LeaseStoreConformance.checks)
    func leases(check: LeaseStoreConformance.Check) async throws {
        let clock = TestClock()
        let store = try SQLiteStore.inMemory(sharedAt: { clock.now })
        try await check.run(LeaseStoreConformance.Subject(store) { clock.advance(by: $0) })
    }

    @Test("as a shared store too", arguments: SessionStoreConformance.checks)
    func shared(check: SessionStoreConformance.Check) async throws {
        let clock = TestClock()
        try await check.run(try SQLiteStore.inMemory(sharedAt: { clock.now }))
    }
}
