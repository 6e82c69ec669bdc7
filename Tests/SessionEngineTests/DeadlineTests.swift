import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Deadlines") struct DeadlineTests {
    @Test("of more sessions than are kept in memory all end on time, and the store is asked no more often than they need")
    func moreThanFit() async throws {
        let store = FlakyStore(try SQLiteStore.inMemory())
        let harness = try Harness(store: store) { $0.deadlineCapacity = 10 }
        try await harness.idle()
        let ids = try await (0..<50).asyncMap { try await harness.engine.create(try harness.order(1000 + $0, duration: 30), by: Fixture.client).id }
        try await harness.advance(by: .seconds(29))
        #expect(try await store.count() == 50)
        #expect(store.deadlineQueries < 20, "\(store.deadlineQueries) queries")
        try await harness.advance(by: .seconds(2))
        try await eventually { try await store.count() == 0 }
        #expect(try await harness.held() == [])
        for id in ids { #expect(try await harness.told(id) == ["AVAILABLE", "UNAVAILABLE DURATION_EXPIRED"]) }
        await harness.kill()
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
