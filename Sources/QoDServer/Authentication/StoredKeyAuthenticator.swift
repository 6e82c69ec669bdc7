public import HTTPTypes
import CAMARA
import NIOConcurrencyHelpers
public import QualityOnDemand
public import SessionEngine

/// Knows clients by the API keys in a store, and leaves every other credential to another authenticator.
///
/// A key that was found is remembered for ``Configuration/rememberFor``: so long a revoked key may go on working, and no
/// longer, because another process may have revoked it. Where the store cannot be asked, nobody comes in.
///
/// Guessing keys takes nothing from clients: a key that was not found is remembered for ``Configuration/rememberUnknownFor``, and
/// keys that were never found are looked up on a lane of their own, few at once. Guesses cannot crowd out what is known, as they
/// are remembered apart.
public struct StoredKeyAuthenticator: Authenticator {
    /// How look-ups are remembered, and how many there may be.
    public struct Configuration: Sendable {
        /// How long a look-up counts.
        public var rememberFor: Duration = .seconds(2)
        /// How long a key that was not found counts as unknown: so long a key that was tried before it was made does not work.
        public var rememberUnknownFor: Duration = .seconds(1)
        /// How many look-ups are remembered at most; of keys that were not found as many again.
        public var capacity = 10_000
        /// How many keys that were never found before are looked up at once.
        public var mostLookUps = 2
        /// How many more may wait for that; others are answered 503.
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
    /// Until when keys that were not found count as unknown.
    private let unknown = NIOLockedValueBox<[APIKeyDigest: Duration]>([:])
    private let lane: LookUpLane

    /// - Parameters:
    ///   - store: where the keys are.
    ///   - others: who knows all credentials that are no key of the store.
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

    /// How many look-ups are remembered now, of keys that were found and of others.
    var rememberedCount: Int { remembered.withLockedValue { $0.count } }
    var unknownCount: Int { unknown.withLockedValue { $0.count } }

    public func authenticate(_ headers: HTTPFields) async throws(APIError) -> Principal {
        guard let key = APIKeyAuthenticator.key(in: headers), APIKeySecret.isWellFormed(key),
            let found = try await find(APIKeySecret.digest(of: key))
        else { return try await others.authenticate(headers) }
        switch found.key.status(at: clock.now) {
        case .active: return found.principal
        case .expired: throw Self.refusal("has expired")
        case .revoked: throw Self.refusal("was revoked")
        }
    }

    private func find(_ digest: APIKeyDigest) async throws(APIError) -> Remembered? {
        let now = clock.uptime
        let known = remembered.withLockedValue { $0[digest] }
        if let known, now < known.until { return known }
        // A key that was found before is a client's, which does not wait behind guesses.
        if known != nil { return try await lookUp(digest, at: now).get() }
        if let until = unknown.withLockedValue({ $0[digest] }), now < until { return nil }
        guard let result = await lane.run({ await lookUp(digest, at: now) }) else {
            throw APIError(.serviceUnavailable, .unavailable, "API keys cannot be checked now, as too many are; try again.", retryAfter: 1)
        }
        return try result.get()
    }

    private func lookUp(_ digest: APIKeyDigest, at now: Duration) async -> Result<Remembered?, APIError> {
        let key: APIKey?
        do {
            key = try await store.apiKey(digest)
        } catch {
            return .failure(APIError(.serviceUnavailable, .unavailable, "API keys cannot be checked now; try again.", retryAfter: 1))
        }
        guard let key else {
            remembered.withLockedValue { $0[digest] = nil }
            Self.insert(now + configuration.rememberUnknownFor, under: digest, into: unknown, capacity: configuration.capacity) { now < $0 }
            return .success(nil)
        }
        // It counts from before the store was asked: what is revoked while the answer is on its way is not remembered for longer.
        let found = Remembered(
            key: key, principal: Principal(client: key.client, scopes: key.scopes.map { Set($0.map { Scope($0) }) }),
            until: now + configuration.rememberFor)
        Self.insert(found, under: digest, into: remembered, capacity: configuration.capacity) { now < $0.until }
        return .success(found)
    }

    /// Where there is no room, what does not count any more goes, and all where everything does.
    private static func insert<Value>(
        _ value: Value, under digest: APIKeyDigest, into box: NIOLockedValueBox<[APIKeyDigest: Value]>, capacity: Int, keeping: (Value) -> Bool
    ) {
        box.withLockedValue { all in
            if all.count >= capacity { all = all.filter { keeping($0.value) } }
            if all.count >= capacity { all = [:] }
            all[digest] = value
        }
    }

    private static func refusal(_ reason: String) -> APIError {
        APIError(.unauthorized, .unauthenticated, "Request not authenticated: the API key \(reason).")
    }
}

extension StoredKeyAuthenticator: Confidential {}
