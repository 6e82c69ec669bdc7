import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Delivery across a restart", .timeLimit(.minutes(2)))
struct CourierRestartTests {
    @Test("the next courier goes on where the last one was: what arrived is not repeated, what did not keeps its time")
    func goesOn() async throws {
        let store = try SQLiteStore.inMemory()
        let clock = TestClock(now: Fixture.time)
        let first = try CourierHarness(store: store, clock: clock) { event, _ in event.change.status == .available ? .delivered : .retry(.status(503)) }
        let id = try await first.session("https://a.example/")
        try await first.until { try await first.store.events(of: id).last?.delivery.attempts == 1 }
        let planned = try #require(try await store.events(of: id).last?.delivery.nextAttempt)
        await first.stop()
        let second = try CourierHarness(store: store, clock: clock)
        try await second.advance { try await second.states(id) == [.delivered, .delivered] }
        #expect(second.sink.attempts.map(\.event.change.status) == [.unavailable])
        #expect(second.sink.attempts.map(\.event.id) == first.sink.attempts.suffix(1).map(\.event.id))
        #expect(clock.now >= planned)
        await second.stop()
    }

    @Test("attempts that a stop cuts off are made again by the next courier, and stopping does not wait for them")
    func cutOff() async throws {
        let store = try SQLiteStore.inMemory()
        let clock = TestClock(now: Fixture.time)
        let first = try CourierHarness(store: store, clock: clock) { _, _ in .retry(.closed) }
        first.sink.hold("a.example:443")
        let id = try await first.session("https://a.example/")
        try await first.until { first.sink.runningAt("a.example:443") == 1 }
        await first.stop()
        #expect(try await store.events(of: id).map(\.delivery.attempts) == [0, 0])
        let second = try CourierHarness(store: store, clock: clock)
        try await second.until { try await second.states(id) == [.delivered, .delivered] }
        await second.stop()
    }

    @Test("with many events pending, only so many are in hand", arguments: [5000])
    func bounded(count: Int) async throws {
        let harness = try CourierHarness(configuration: .with {
            $0.concurrency = 16
            $0.pageSize = 32
        })
        for host in 0..<20 { harness.sink.hold("h\(host).example:443") }
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<50 {
                group.addTask {
                    for index in 0..<count / 50 {
                        _ = try? await harness.session("https://h\(index % 20).example/", device: 1000 + part, deleted: false)
                    }
                }
            }
        }
        try await harness.until { harness.sink.attempts.count == 16 }
        #expect(harness.courier.eventsInHand <= 20 * 32 * 2)
        await harness.stop()
    }
}
