import CAMARA
import HTTPTypes
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@testable import Access
@testable import QoDServer

@Suite("Stored API keys")
struct StoredKeyTests {
    private struct World {
        let clock = TestClock()
        let store: any APIKeyStore
        let authenticator: StoredKeyAuthenticator

        init(capacity: Int = 100, wrap: (any APIKeyStore) -> any APIKeyStore = { $0 }) throws {
            store = try SQLiteStore.inMemory().apiKeys
            var configuration = StoredKeyAuthenticator.Configuration()
            configuration.capacity = capacity
            authenticator = StoredKeyAuthenticator(
                store: wrap(store), otherwise: APIKeyAuthenticator(keys: [(ClientID("configured"), "configured-key")]), configuration: configuration,
                clock: clock)
        }

        func make(_ client: String = "shop", scopes: Set<String>? = nil, sites: Set<SiteName>? = nil, lifetime: Int? = nil) async throws -> (key: APIKey, secret: APIKeySecret) {
            let secret = APIKeySecret()
            let key = APIKey(
                id: .make(at: clock.now), client: ClientID(client), scopes: scopes, sites: sites, createdAt: clock.now,
                expiresAt: lifetime.map { clock.now.adding(seconds: $0) })
            try await store.insert(key, digest: secret.digest)
            return (key, secret)
        }

        /// The principal of a key, or the error if the key is not valid.
        func ask(_ key: String, _ header: HTTPField.Name = .rapidAPIKey) async -> Result<Principal, APIError> {
            do throws(AccessError) {
                return .success(try await authenticator.authenticate([header: header == .authorization ? "Bearer \(key)" : key]))
            } catch {
                return .failure(APIError(error))
            }
        }

        func status(_ key: String) async -> Int {
            switch await ask(key) {
            case .success: 200
            case .failure(let error): error.info.status
            }
        }
    }

    @Test("a stored key lets its client in, in either header, with its scopes only")
    func works() async throws {
        let world = try World()
        let all = try await world.make()
        let some = try await world.make("reader", scopes: ["qos-profiles:read"])
        #expect(try await world.ask(all.secret.revealed).get() == Principal(client: ClientID("shop")))
        #expect(try await world.ask(some.secret.revealed, .authorization).get() == Principal(client: ClientID("reader"), scopes: [.readProfiles]))
        let bound = try await world.make("yard", sites: [SiteName("yard")])
        #expect(try await world.ask(bound.secret.revealed).get() == Principal(client: ClientID("yard"), sites: [SiteName("yard")]))
        #expect(try await world.ask("configured-key").get().client == ClientID("configured"))
    }

    @Test("whatever is not exactly a key is refused, and without a look-up where it cannot be one")
    func refusals() async throws {
        let count = NIOLockedValueBox(0)
        let world = try World { CountingKeyStore(store: $0, lookUps: count) }
        let key = try await world.make().secret.revealed
        for wrong in ["", "nac_", String(key.dropLast()), key + "A", key.uppercased(), "nac_" + String(repeating: "*", count: 43), "sandbox"] {
            #expect(await world.status(wrong) == 401, "\(wrong)")
        }
        #expect(count.withLockedValue { $0 } == 0)
        #expect(await world.status(APIKeySecret().revealed) == 401)
        #expect(count.withLockedValue { $0 } == 1)
    }

    @Test("a revoked key works for 2 s at most, and then never again")
    func revocation() async throws {
        let world = try World()
        let (key, secret) = try await world.make()
        #expect(await world.status(secret.revealed) == 200)
        world.clock.advance(by: .milliseconds(1999))
        #expect(await world.status(secret.revealed) == 200)
        _ = try await world.store.revoke(key.id, at: world.clock.now)
        world.clock.advance(by: .milliseconds(1))
        guard case .failure(let error) = await world.ask(secret.revealed) else { Issue.record("it still works"); return }
        #expect(error.info.status == 401 && error.info.message.contains("revoked") && !error.info.message.contains(secret.revealed))
        world.clock.advance(by: .seconds(3600))
        #expect(await world.status(secret.revealed) == 401)
    }

    @Test("using a key does not put off the look-up that finds it revoked")
    func revocationUnderUse() async throws {
        let world = try World()
        let (key, secret) = try await world.make()
        #expect(await world.status(secret.revealed) == 200)
        _ = try await world.store.revoke(key.id, at: world.clock.now)
        var answers: [Int] = []
        for _ in 0..<21 {
            answers.append(await world.status(secret.revealed))
            world.clock.advance(by: .milliseconds(100))
        }
        #expect(answers == Array(repeating: 200, count: 20) + [401])
    }

    @Test("a key expires at its time, remembered or not, and a new key works at once, or a second after it was tried in vain")
    func expiry() async throws {
        let world = try World()
        let secret = try await world.make(lifetime: 1).secret.revealed
        #expect(await world.status(secret) == 200)
        world.clock.advance(by: .milliseconds(999))
        #expect(await world.status(secret) == 200)
        world.clock.advance(by: .milliseconds(1))
        #expect(await world.status(secret) == 401)

        let late = APIKeySecret()
        #expect(await world.status(late.revealed) == 401)
        try await world.store.insert(
            APIKey(id: .make(at: world.clock.now), client: ClientID("late"), createdAt: world.clock.now), digest: late.digest)
        world.clock.advance(by: .seconds(1))
        #expect(await world.status(late.revealed) == 200)
        #expect(await world.status(try await world.make().secret.revealed) == 200)
    }

    @Test("look-ups are few, and what is remembered is bounded")
    func remembering() async throws {
        let count = NIOLockedValueBox(0)
        let world = try World(capacity: 3) { CountingKeyStore(store: $0, lookUps: count) }
        let secret = try await world.make().secret.revealed
        for _ in 0..<50 { #expect(await world.status(secret) == 200) }
        #expect(count.withLockedValue { $0 } == 1)
        for _ in 0..<20 {
            let secret = try await world.make().secret.revealed
            #expect(await world.status(secret) == 200)
            #expect(world.authenticator.rememberedCount <= 3)
        }
    }

    @Test("a guessed key is looked up once in a second, and guesses are remembered apart from what is known")
    func guesses() async throws {
        let count = NIOLockedValueBox(0)
        let world = try World(capacity: 3) { CountingKeyStore(store: $0, lookUps: count) }
        let secret = try await world.make().secret.revealed
        #expect(await world.status(secret) == 200)
        let guess = APIKeySecret().revealed
        for _ in 0..<50 { #expect(await world.status(guess) == 401) }
        #expect(count.withLockedValue { $0 } == 2)
        for _ in 0..<20 {
            #expect(await world.status(APIKeySecret().revealed) == 401)
            #expect(world.authenticator.unknownCount <= 3)
        }
        #expect(await world.status(secret) == 200)
        #expect(count.withLockedValue { $0 } == 22, "the known key was not looked up again")
    }

    @Test("of many guessed keys at once two are looked up, 64 wait and the rest is refused; known keys do not wait behind them")
    func flood() async throws {
        let gate = KeyGate()
        let world = try World { GatedKeyStore(store: $0, gate: gate) }
        let secret = try await world.make().secret
        gate.letThrough(secret.digest)
        #expect(await world.status(secret.revealed) == 200)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<166 { group.addTask { await world.status(APIKeySecret().revealed) } }
            for _ in 0..<100 { #expect(await group.next() == 503) }
            #expect(gate.waiting == 2)
            #expect(await world.status(secret.revealed) == 200)
            world.clock.advance(by: .seconds(3))
            #expect(await world.status(secret.revealed) == 200, "also when the key has to be looked up again")
            #expect(await world.status("configured-key") == 200)
            gate.open()
            for _ in 0..<66 { #expect(await group.next() == 401) }
        }
        #expect(gate.mostWaiting == 2)
    }

    @Test("where the store cannot be asked nobody comes in, and nobody is called unknown")
    func storeFails() async throws {
        let world = try World { _ in FailingKeyStore() }
        #expect(await world.status(APIKeySecret().revealed) == 503)
        #expect(await world.status("configured-key") == 200)
    }

    @Test("keys are 256 random bits, never twice the same, and shown by nothing")
    func secrets() {
        let secrets = (0..<1000).map { _ in APIKeySecret() }
        #expect(Set(secrets.map(\.revealed)).count == 1000)
        #expect(secrets.allSatisfy { APIKeySecret.isWellFormed($0.revealed[...]) && $0.digest.bytes.count == 32 })
        var dumped = ""
        dump(secrets[0], to: &dumped)
        #expect(!dumped.contains(secrets[0].revealed) && !"\(secrets[0])".contains(secrets[0].revealed))
    }

    @Test("over HTTP a key is held to its scopes and its client's sessions")
    func overHTTP() async throws {
        let world = try World()
        let full = try await world.make("one").secret.revealed
        let reading = try await world.make("one", scopes: ["quality-on-demand:sessions:read"]).secret.revealed
        let stranger = try await world.make("two").secret.revealed
        try await Platform.with(Setup { $0.authenticator = world.authenticator }) { platform async throws in
            func caller(_ key: String) -> Caller { Caller(client: platform.caller.client, key: key) }
            let made = try await caller(full).create()
            let id = try #require(made.text("sessionId"))
            #expect(try await caller(reading).get(id).status == 200)
            try await caller(reading).delete(id).expectError(403, "PERMISSION_DENIED")
            try await caller(stranger).get(id).expectError(403, "PERMISSION_DENIED")
            try await caller(APIKeySecret().revealed).get(id).expectError(401, "UNAUTHENTICATED")
        }
    }
}

/// Counts the look-ups of keys.
private struct CountingKeyStore: APIKeyStore {
    let store: any APIKeyStore
    let lookUps: NIOLockedValueBox<Int>

    func insert(_ key: APIKey, digest: APIKeyDigest) async throws { try await store.insert(key, digest: digest) }
    func apiKey(_ digest: APIKeyDigest) async throws -> APIKey? {
        lookUps.withLockedValue { $0 += 1 }
        return try await store.apiKey(digest)
    }
    func apiKeys(after id: APIKeyID?, limit: Int) async throws -> [APIKey] { try await store.apiKeys(after: id, limit: limit) }
    func revoke(_ id: APIKeyID, at now: Timestamp) async throws -> APIKey? { try await store.revoke(id, at: now) }
    func hasAPIKeys() async throws -> Bool { try await store.hasAPIKeys() }
}

/// Holds look-ups until the test releases them.
private final class KeyGate: Sendable {
    private struct State {
        var isOpen = false
        var passing: Set<APIKeyDigest> = []
        var waiting = 0
        var mostWaiting = 0
    }

    private let state = NIOLockedValueBox(State())

    var waiting: Int { state.withLockedValue { $0.waiting } }
    var mostWaiting: Int { state.withLockedValue { $0.mostWaiting } }

    func open() { state.withLockedValue { $0.isOpen = true } }
    func letThrough(_ digest: APIKeyDigest) { state.withLockedValue { _ = $0.passing.insert(digest) } }

    func pass(_ digest: APIKeyDigest) async {
        guard !state.withLockedValue({ $0.passing.contains(digest) }) else { return }
        state.withLockedValue { state in
            state.waiting += 1
            state.mostWaiting = max(state.mostWaiting, state.waiting)
        }
        while !state.withLockedValue({ $0.isOpen }) { try? await pause(for: .milliseconds(2)) }
        state.withLockedValue { $0.waiting -= 1 }
    }
}

/// A store whose look-ups take as long as the test needs.
private struct GatedKeyStore: APIKeyStore {
    let store: any APIKeyStore
    let gate: KeyGate

    func insert(_ key: APIKey, digest: APIKeyDigest) async throws { try await store.insert(key, digest: digest) }
    func apiKey(_ digest: APIKeyDigest) async throws -> APIKey? {
        await gate.pass(digest)
        return try await store.apiKey(digest)
    }
    func apiKeys(after id: APIKeyID?, limit: Int) async throws -> [APIKey] { try await store.apiKeys(after: id, limit: limit) }
    func revoke(_ id: APIKeyID, at now: Timestamp) async throws -> APIKey? { try await store.revoke(id, at: now) }
    func hasAPIKeys() async throws -> Bool { try await store.hasAPIKeys() }
}

/// A store that fails on every call.
private struct FailingKeyStore: APIKeyStore {
    private let error = StoreError(.failed, "gone")

    func insert(_ key: APIKey, digest: APIKeyDigest) async throws { throw error }
    func apiKey(_ digest: APIKeyDigest) async throws -> APIKey? { throw error }
    func apiKeys(after id: APIKeyID?, limit: Int) async throws -> [APIKey] { throw error }
    func revoke(_ id: APIKeyID, at now: Timestamp) async throws -> APIKey? { throw error }
    func hasAPIKeys() async throws -> Bool { throw error }
}
