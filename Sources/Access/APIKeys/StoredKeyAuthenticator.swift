public import HTTPTypes
import NIOConcurrencyHelpers
public import QualityOnDemand
public import Southbound

/// Identifies clients by the API keys in a store, and passes every other credential to another authenticator.
///
/// The authenticator caches a found key for ``Configuration/rememberFor``. A revoked key can work for that time and no
/// longer, because another process may have revoked it. If the store fails, the authenticator refuses all keys that
/// are not in its cache.
///
/// Guessed keys take nothing from clients. The authenticator caches an unknown key for
/// ``Configuration/rememberUnknownFor``, and looks up never-found keys on a separate lane, a few at once. Unknown keys
/// have a separate cache, so guesses cannot crowd out known keys.
public struct StoredKeyAuthenticator: Authenticator {
    /// How long look-ups are cached, and how many of them may exist.
    public struct Configuration: Sendable {
        /// How long a found key stays in the cache.
        public var rememberFor: Duration = .seconds(2)
        /// How long an unknown key stays in the cache. A new key fails for that time if a client tries it too early.
        public var rememberUnknownFor: Duration = .seconds(1)
        /// The most keys in the cache of found keys, and the most keys in the cache of unknown keys.
        public var capacity = 10_000
        /// How many never-found keys are looked up at once.
        public var mostLookUps = 2
        /// How many more look-ups may wait; the server answers further ones with 503.
        public var mostWaiting = 64

        public init() {}
    }

    private struct Remembered: Sendable {
        let key: APIKey
        let principal: Principal
        let until: Duration
    }

    private let store: any APIKeyStore
    private let others: any Authenticator
    private let configuration: Configuration
    private let clock: any EngineClock
    private let remembered = NIOLockedValueBox<[APIKeyDigest: Remembered]>([:])
    /// The time until which each unknown key stays in the cache.
    private let unknown = NIOLockedValueBox<[APIKeyDigest: Duration]>([:])
    private let lane: LookUpLane

    /// - Parameters:
    ///   - store: the store of the keys.
    ///   - others: the authenticator for all credentials that are no key of the store.
    public init(
        store: any APIKeyStore, otherwise others: any Authenticator, configuration: Configuration = Configuration(),
        clock: any EngineClock = SystemClock()
    ) {
        self.store = store
        self.others = others
        self.configuration = configuration
        self.clock = clock
        lane = LookUpLane(mostRunning: configuration.mostLookUps, mostWaiting: configuration.mostWaiting)
    }

    /// The look-ups of keys that were never found.
    public var lookUps: AccessResource { lane.resource("key_look_ups") }

    /// How many look-ups are cached now: found keys here, unknown keys below.
    var rememberedCount: Int { remembered.withLockedValue { $0.count } }
    var unknownCount: Int { unknown.withLockedValue { $0.count } }

    public func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal {
        guard let key = APIKeyAuthenticator.key(in: headers), APIKeySecret.isWellFormed(key),
            let found = try await find(APIKeySecret.digest(of: key))
        else { return try await others.authenticate(headers) }
        switch found.key.status(at: clock.now) {
        case .active: return found.principal
        case .expired: throw Self.refusal("has expired")
        case .revoked: throw Self.refusal("was revoked")
        }
    }

    private func find(_ digest: APIKeyDigest) async throws(AccessError) -> Remembered? {
        let now = clock.uptime
        let known = remembered.withLockedValue { $0[digest] }
        if let known, now < known.until { return known }
        // A key that was found before belongs to a client. The client must not wait behind guesses.
        if known != nil { return try await lookUp(digest, at: now).get() }
        if let until = unknown.withLockedValue({ $0[digest] }), now < until { return nil }
        guard let result = await lane.run({ await lookUp(digest, at: now) }) else {
            throw AccessError(.unavailable, "Too many API keys are being checked; try again.", retryAfter: .seconds(1))
        }
        return try result.get()
    }

    private func lookUp(_ digest: APIKeyDigest, at now: Duration) async -> Result<Remembered?, AccessError> {
        let key: APIKey?
        do {
            key = try await store.apiKey(digest)
        } catch {
            return .failure(AccessError(.unavailable, "API keys cannot be checked now; try again.", retryAfter: .seconds(1)))
        }
        guard let key else {
            remembered.withLockedValue { $0[digest] = nil }
            Self.insert(now + configuration.rememberUnknownFor, under: digest, into: unknown, capacity: configuration.capacity) { now < $0 }
            return .success(nil)
        }
        // The time counts from before the question to the store. A key that is revoked during the look-up therefore
        // stays in the cache no longer than any other.
        let found = Remembered(
            key: key, principal: Principal(client: key.client, scopes: key.scopes.map { Set($0.map { Scope($0) }) }, sites: key.sites),
            until: now + configuration.rememberFor)
        Self.insert(found, under: digest, into: remembered, capacity: configuration.capacity) { now < $0.until }
        return .success(found)
    }

    /// If the cache is full, removes the expired entries; if no entry has expired, removes all.
    private static func insert<Value>(
        _ value: Value, under digest: APIKeyDigest, into box: NIOLockedValueBox<[APIKeyDigest: Value]>, capacity: Int, keeping: (Value) -> Bool
    ) {
        box.withLockedValue { all in
            if all.count >= capacity { all = all.filter { keeping($0.value) } }
            if all.count >= capacity { all = [:] }
            all[digest] = value
        }
    }

    private static func refusal(_ reason: String) -> AccessError {
        AccessError(.unauthenticated, "Request not authenticated: the API key \(reason).")
    }
}

extension StoredKeyAuthenticator: Confidential {}
