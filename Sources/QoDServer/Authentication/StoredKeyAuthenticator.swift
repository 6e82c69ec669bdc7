public import HTTPTypes
import CAMARA
import NIOConcurrencyHelpers
public import QualityOnDemand
public import SessionEngine

/// Knows clients by the API keys in a store, and leaves every other credential to another authenticator.
///
/// A key that was found is remembered for ``Configuration/rememberFor``: so long a revoked key may go on working, and no
/// longer, because another process may have revoked it. What was not found is never remembered, so that a new key works at
/// once and guessing cannot crowd out what is known. Where the store cannot be asked, nobody comes in.
public struct StoredKeyAuthenticator: Authenticator {
    /// How look-ups are remembered.
    public struct Configuration: Sendable {
        /// How long a look-up counts.
        public var rememberFor: Duration = .seconds(2)
        /// How many look-ups are remembered at most.
        public var capacity = 10_000

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
    }

    /// How many look-ups are remembered now.
    var rememberedCount: Int { remembered.withLockedValue { $0.count } }

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
        if let known = remembered.withLockedValue({ $0[digest] }), now < known.until { return known }
        let key: APIKey?
        do {
            key = try await store.apiKey(digest)
        } catch {
            throw APIError(.serviceUnavailable, .unavailable, "API keys cannot be checked now; try again.", retryAfter: 1)
        }
        guard let key else {
            remembered.withLockedValue { $0[digest] = nil }
            return nil
        }
        // It counts from before the store was asked: what is revoked while the answer is on its way is not remembered for longer.
        let found = Remembered(
            key: key, principal: Principal(client: key.client, scopes: key.scopes.map { Set($0.map { Scope($0) }) }),
            until: now + configuration.rememberFor)
        remember(found, under: digest, at: now)
        return found
    }

    private func remember(_ found: Remembered, under digest: APIKeyDigest, at now: Duration) {
        remembered.withLockedValue { all in
            if all.count >= configuration.capacity { all = all.filter { now < $0.value.until } }
            if all.count >= configuration.capacity { all = [:] }
            all[digest] = found
        }
    }

    private static func refusal(_ reason: String) -> APIError {
        APIError(.unauthorized, .unauthenticated, "Request not authenticated: the API key \(reason).")
    }
}

extension StoredKeyAuthenticator: Confidential {}
