import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Events that are kept")
struct EventTrimTests {
    /// A session that became available and, with `ends`, was deleted and released.
    @discardableResult
    private func live(_ number: Int, sink: String?, ends: Bool, in store: SQLiteStore) async throws -> SessionID {
        let start = Fixture.time.adding(seconds: number)
        let session = Fixture.session(flow: Fixture.flow("198.51.\(number / 250).\(number % 250)"), sink: sink, at: start)
        _ = try await store.create(SessionCreation(session: session))
        _ = try await store.change([session.id]) { $0.networkBecameReady(at: start) }
        if ends { _ = try await store.change([session.id]) { $0.deleted(at: start) + $0.networkReleased() } }
        return session.id
    }

    private func stored(_ store: SQLiteStore, before: Timestamp = Timestamp(milliseconds: 0), most: Int = .max) async throws -> Int {
        var trim = EventTrim()
        repeat {
            trim = try await store.trimEvents(EventBounds(withoutSinkBefore: before, most: most, now: Fixture.time.adding(seconds: 500)), limit: 7)
        } while trim.isMore
        return trim.stored
    }

    @Test("without a sink go once they are old enough and their session is gone, with a sink they stay")
    func unwanted() async throws {
        try await TemporaryFolder.with { folder in
            let store = try SQLiteStore.open(path: "\(folder)/nac.db")
            for number in 0..<100 { try await live(number, sink: nil, ends: true, in: store) }
            let open = try await live(100, sink: nil, ends: false, in: store)
            let told = try await live(101, sink: "https://example.com/", ends: true, in: store)
            #expect(try await stored(store) == 203)
            // The last five are too young.
            let time = Fixture.time.adding(seconds: 95)
            #expect(try await stored(store, before: time) == 13)
            #expect(try await stored(store, before: time.adding(seconds: 60)) == 3)
            #expect(try await store.events(of: open).count == 1)
            #expect(try await store.events(of: told).count == 2)
            _ = try await store.change([open]) { $0.deleted(at: time.adding(seconds: 61)) + $0.networkReleased() }
            #expect(try await stored(store, before: time.adding(seconds: 70)) == 2, "the first event goes with the last one")
            try store.close()
            let again = try SQLiteStore.open(path: "\(folder)/nac.db")
            #expect(try await stored(again) == 2, "counted anew")
            try again.close()
        }
    }

    @Test("are counted anew by the next process, whatever is stored meanwhile")
    func counting() async throws {
        try await TemporaryFolder.with { folder in
            let first = try SQLiteStore.open(path: "\(folder)/nac.db")
            for number in 0..<50 { try await live(number, sink: "https://example.com/", ends: true, in: first) }
            try first.close()
            let second = try SQLiteStore.open(path: "\(folder)/nac.db")
            for number in 50..<60 { try await live(number, sink: nil, ends: false, in: second) }
            #expect(try await stored(second) == 110)
            #expect(try await second.forget(before: Fixture.time.adding(seconds: 5), limit: 1000) > 0)
            #expect(try await stored(second) == 100)
            try second.close()
        }
    }

    @Test("beyond the bound the oldest settled ones go first, then the oldest notifications are given up")
    func bound() async throws {
        let store = try SQLiteStore.inMemory()
        let waiting = try await live(0, sink: "https://dead.example/", ends: true, in: store)
        for number in 1...20 { try await live(number, sink: nil, ends: true, in: store) }
        #expect(store.warnings().isEmpty)
        #expect(try await stored(store, most: 10) == 10)
        #expect(try await store.events(of: waiting).count == 2, "what waits goes last")
        #expect(store.warnings().map(\.kind) == [.manyEvents])
        for number in 21...40 { try await live(number, sink: "https://dead.example/", ends: false, in: store) }
        #expect(try await stored(store, most: 21) == 21)
        let later = Fixture.time.adding(seconds: 600)
        let due = try await store.dueEvents([DueHost.Request(host: "dead.example:443", limit: 100)], at: later)[0]
        #expect(due.count == 20 + 1, "the second event of the first session is due, as its first was given up")
        #expect(due.contains { $0.session == waiting && $0.change.status == .unavailable })
    }
}
