import Crypto
import JWTKit
public import Logging
public import QualityOnDemand
public import Southbound

/// Checks access tokens: JWTs signed with RS256, PS256, ES256, ES384 or EdDSA by an identity provider.
public final class TokenVerifier: Sendable {
    private let requirements: TokenRequirements
    private let keys: KeyCache
    private let verified: VerifiedTokens
    private let clock: any EngineClock

    /// - Parameters:
    ///   - requirements: the conditions that a token must meet.
    ///   - keys: the source of the provider's keys; the first token causes the first fetch.
    ///   - mostWaiters: the number of requests that may wait for the provider's answer at once.
    public convenience init(
        _ requirements: TokenRequirements, keys: any TokenKeySource, mostWaiters: Int = 64, clock: any EngineClock = SystemClock(),
        logger: Logger
    ) {
        var schedule = KeyCache.Schedule()
        schedule.mostWaiters = mostWaiters
        self.init(requirements, keys: keys, schedule: schedule, clock: clock, logger: logger)
    }

    /// The requests that wait for the provider's answer.
    public var waiters: AccessResource { keys.places }

    init(
        _ requirements: TokenRequirements, keys: any TokenKeySource, schedule: KeyCache.Schedule, cache: VerifiedTokens = VerifiedTokens(),
        clock: any EngineClock, logger: Logger
    ) {
        self.requirements = requirements
        self.keys = KeyCache(keys, schedule: schedule, clock: clock, logger: logger)
        self.verified = cache
        self.clock = clock
    }

    /// The stored end of a token includes the clock skew.
    private var longestLifetime: Int? { requirements.longestLifetime.map { $0 + requirements.clockSkew } }

    /// How many requests wait for the provider's keys now.
    var waiterCount: Int { keys.waiterCount }

    /// The client that a token stands for.
    ///
    /// - Throws: ``TokenRejection`` with the first reason found.
    public func verify(_ token: some StringProtocol) async throws(TokenRejection) -> Principal {
        guard token.utf8.count <= CompactToken.longest else { throw .oversized }
        guard let (digest, signature) = Self.digests(of: token) else { throw .malformed }
        if let entry = verified.find(digest), entry.generation == keys.generation(), entry.signature == signature {
            do { try entry.token.check(at: clock.now, longestLifetime: longestLifetime) } catch {
                verified.remove(digest)
                throw error
            }
            return entry.token.principal
        }
        let entry = try await check(try CompactToken(token), signature)
        verified.insert(entry, for: digest)
        return entry.token.principal
    }

    /// The digests of the signed part and of the signature; `nil` if no point separates them.
    private static func digests(of token: some StringProtocol) -> (signed: SHA256.Digest, signature: SHA256.Digest)? {
        let bytes = Array(token.utf8)
        guard let point = bytes.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return (SHA256.hash(data: bytes[..<point]), SHA256.hash(data: bytes[(point + 1)...]))
    }

    private func check(_ token: CompactToken, _ signature: SHA256.Digest) async throws(TokenRejection) -> VerifiedTokens.Entry {
        let signer = try await keys.key(token.keyID, for: token.algorithm)
        // A signature of the wrong length makes some keys throw.
        guard (try? signer.key.verify(token.signature, signs: token.signedBytes)) == true else { throw .signature }
        let found = try requirements.read(token.claims)
        try found.check(at: clock.now, longestLifetime: longestLifetime)
        return VerifiedTokens.Entry(token: found, signature: signature, generation: signer.generation)
    }
}

extension TokenVerifier: Confidential {}
