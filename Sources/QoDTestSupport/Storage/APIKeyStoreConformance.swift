public import Access
import QualityOnDemand
import SessionEngine
public import Testing

/// The contract of every store of API keys, as checks that each store must pass.
public enum APIKeyStoreConformance {
    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        private let body: @Sendable (any APIKeyStore) async throws -> Void

        init(_ behaviour: String, _ body: @escaping @Sendable (any APIKeyStore) async throws -> Void) {
            testDescription = behaviour
            self.body = body
        }

        /// Runs the check over an empty store.
        public func run(_ store: any APIKeyStore) async throws {
            try await body(store)
        }
    }

    private static func key(_ index: Int, scopes: Set<String>? = nil, sites: Set<SiteName>? = nil, label: String? = nil, expiresAt: Timestamp? = nil) -> APIKey {
        let now = Fixture.time.adding(seconds: index)
        return APIKey(id: .make(at: now), client: ClientID("client-\(index % 3)"), label: label, scopes: scopes, sites: sites, createdAt: now, expiresAt: expiresAt)
    }

    private static func digest(_ index: Int) -> APIKeyDigest {
        APIKeyDigest((0..<32).map { UInt8(truncatingIfNeeded: index &* 31 &+ $0) })
    }

    public static let checks: [Check] = [
        Check("a key is found by its digest, as it was stored") { store async throws in
            let keys = [
                key(0), key(1, scopes: ["a:b", "c"], label: "Größe ’1’"), key(2, scopes: []), key(4, sites: [.default, SiteName(stored: "east-2")]), key(5, sites: []),
                key(3, expiresAt: Fixture.time.adding(seconds: 60)),
            ]
            for (index, key) in keys.enumerated() { try await store.insert(key, digest: digest(index)) }
            for (index, key) in keys.enumerated() { #expect(try await store.apiKey(digest(index)) == key) }
            #expect(try await store.apiKey(digest(99)) == nil)
            #expect(try await store.apiKey(APIKeyDigest(digest(0).bytes.dropLast())) == nil)
            #expect(try await store.apiKey(APIKeyDigest([])) == nil)
        },
        Check("an id or a digest that is there already is refused, and nothing is changed") { store async throws in
            let first = key(0)
            try await store.insert(first, digest: digest(0))
            await #expect(throws: StoreError.self) { try await store.insert(key(1), digest: digest(0)) }
            await #expect(throws: StoreError.self) { try await store.insert(first, digest: digest(1)) }
            #expect(try await store.apiKeys(after: nil, limit: 10) == [first])
        },
        Check("keys are paged through in the order in which they were made") { store async throws in
            var ids: [APIKeyID] = []
            for index in 0..<25 {
                let key = key(index)
                try await store.insert(key, digest: digest(index))
                ids.append(key.id)
            }
            var seen: [APIKeyID] = []
            while case let page = try await store.apiKeys(after: seen.last, limit: 10), !page.isEmpty { seen += page.map(\.id) }
            #expect(seen == ids)
        },
        Check("a revoked key stays, with the time of the first revocation") { store async throws in
            let (one, other) = (key(0), key(1))
            try await store.insert(one, digest: digest(0))
            try await store.insert(other, digest: digest(1))
            let time = Fixture.time.adding(seconds: 100)
            #expect(try await store.revoke(one.id, at: time)?.revokedAt == time)
            #expect(try await store.revoke(one.id, at: time.adding(seconds: 5))?.revokedAt == time)
            let found = try #require(try await store.apiKey(digest(0)))
            #expect(found.revokedAt == time && found.status(at: time) == .revoked)
            #expect(try await store.apiKey(digest(1)) == other)
            #expect(try await store.revoke(.make(at: time), at: time) == nil)
        },
        Check("it is known whether there ever was a key") { store async throws in
            #expect(try await store.hasAPIKeys() == false)
            let key = key(0)
            try await store.insert(key, digest: digest(0))
            #expect(try await store.hasAPIKeys())
            _ = try await store.revoke(key.id, at: Fixture.time)
            #expect(try await store.hasAPIKeys())
        },
        Check("many at once are all kept") { store async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 { group.addTask { try await store.insert(key(index), digest: digest(index)) } }
                try await group.waitForAll()
            }
            #expect(try await store.apiKeys(after: nil, limit: 1000).count == 100)
        },
    ]
}
