import HTTPTypes
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Idempotency-Key")
struct IdempotencyTests {
    private static let key = ["Idempotency-Key": Optional("key-1")]

    @Test("the same request again is answered with the session that it made")
    func same() async throws {
        try await Platform.with { platform in
            let first = try await platform.caller.create(headers: Self.key)
            let second = try await platform.caller.create(headers: Self.key)
            #expect(first.status == 201 && second.status == 201)
            #expect(second.body == first.body)
            #expect(try await platform.store.count() == 1)
        }
    }

    @Test("it is the meaning of a body that counts, not its spelling")
    func spelling() async throws {
        try await Platform.with { platform in
            let first = try await platform.caller.create(headers: Self.key)
            let body = """
                {"duration": 3.6e3, "qosProfile": "QOS_L", "sink": null,
                 "applicationServer": {"ipv4Address": "198.51.100.7"}, "device": \(Body.device)}
                """
            #expect(try await platform.caller.send(.post, Path.sessions, body, headers: Self.key).body == first.body)
        }
    }

    @Test("another request with the same key is refused")
    func other() async throws {
        try await Platform.with { platform in
            _ = try await platform.caller.create(headers: Self.key)
            try await platform.caller.create(["duration": "60"], headers: Self.key).expectError(409, "CONFLICT", "Idempotency-Key")
            #expect(try await platform.store.count() == 1)
        }
    }

    @Test("two clients may use the same key")
    func clients() async throws {
        try await Platform.with { platform in
            let first = try await platform.caller.create(headers: Self.key)
            let second = try await platform.other.create(["device": Body.phone(1001)], headers: Self.key)
            #expect(first.status == 201 && second.status == 201)
            #expect(first.text("sessionId") != second.text("sessionId"))
        }
    }

    @Test("after its session was deleted a key makes no second one")
    func deleted() async throws {
        try await Platform.with { platform in
            let first = try await platform.caller.create(headers: Self.key)
            let id = try #require(first.text("sessionId"))
            #expect(try await platform.caller.delete(id).status == 204)
            try await platform.caller.create(headers: Self.key).expectError(409, "CONFLICT", id)
        }
    }

    @Test("a refused request does not use its key up")
    func refused() async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            try await platform.caller.create(headers: Self.key).expectError(409, "CONFLICT", "overlap")
            _ = try await platform.caller.delete(id)
            #expect(try await platform.caller.create(headers: Self.key).status == 201)
        }
    }

    @Test("requests that are under way at the same time are one")
    func concurrent() async throws {
        try await Platform.with { platform in
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<10 { group.addTask { try await platform.caller.create(headers: Self.key).text("sessionId") } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1 && !ids.contains(nil))
        }
    }

    @Test("a key outlives the process")
    func durable() async throws {
        try await TemporaryFolder.with { folder in
            var ids: Set<String?> = []
            for _ in 0..<2 {
                let store = try SQLiteStore.open(path: folder + "/nac.db")
                let id = try await Self.create(store)
                ids.insert(id)
                try store.close()
            }
            #expect(ids.count == 1 && !ids.contains(nil))
        }
    }

    private static func create(_ store: SQLiteStore) async throws -> String? {
        let created = Box<String>()
        try await Platform.with(Setup { $0.store = store }) { platform in
            created.value = try await platform.caller.create(headers: Self.key).text("sessionId")
        }
        return created.value
    }

    @Test("after a day a key can be used anew")
    func forgotten() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.clock = clock }) { platform in
            let first = try await platform.caller.create(["duration": "60"], headers: Self.key)
            try await platform.expire(try #require(first.text("sessionId")), clock)
            try await platform.caller.create(["duration": "60"], headers: Self.key).expectError(409, "CONFLICT", "has ended")
            clock.advance(by: .seconds(86_401))
            let second = try await platform.caller.create(["duration": "60"], headers: Self.key)
            #expect(second.status == 201)
            #expect(first.text("sessionId") != second.text("sessionId"))
        }
    }

    @Test("a key is 1 to 255 visible ASCII characters", arguments: ["", "a b", "k\u{e9}", String(repeating: "k", count: 256)])
    func malformed(_ key: String) async throws {
        try await Platform.with { platform in
            try await platform.caller.create(headers: ["Idempotency-Key": key]).expectError(400, "INVALID_ARGUMENT", "Idempotency-Key")
            #expect(try await platform.store.count() == 0)
        }
    }
}
