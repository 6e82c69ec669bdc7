public import QualityOnDemand

/// Where API keys are kept that an operator hands out while the platform runs.
///
/// The contract that every store must keep, and that `APIKeyStoreConformance` tests:
///
/// - A key itself is never stored, only its digest; what has the store has no key.
/// - When a call returns, what it changed is on disk, and seen by every other connection to the same store.
/// - A key that was revoked stays, so that it can be told who had it and until when; it is never in force again.
public protocol APIKeyStore: Sendable {
    /// Stores a new key.
    ///
    /// - Throws: ``StoreError`` where the id or the digest is there already; nothing was changed.
    func insert(_ key: APIKey, digest: APIKeyDigest) async throws(StoreError)

    /// The key of that digest, in force or not.
    func apiKey(_ digest: APIKeyDigest) async throws(StoreError) -> APIKey?

    /// The keys in the order in which they were made, in pages: those after `id`, or the first.
    func apiKeys(after id: APIKeyID?, limit: Int) async throws(StoreError) -> [APIKey]

    /// Ends a key. One that was revoked before keeps the time of the first revocation.
    ///
    /// - Returns: the key as it is afterwards; `nil` where there is none of that id.
    func revoke(_ id: APIKeyID, at now: Timestamp) async throws(StoreError) -> APIKey?

    /// Whether there ever was a key, in force or not.
    func hasAPIKeys() async throws(StoreError) -> Bool
}

/// What is known of an API key; not the key.
public struct APIKey: Hashable, Sendable, Identifiable {
    public let id: APIKeyID
    /// Who the holder of the key is.
    public let client: ClientID
    /// What the operator wrote beside it.
    public let label: String?
    /// The scopes that it allows, as the APIs name them; `nil` means everything.
    public let scopes: Set<String>?
    public let createdAt: Timestamp
    /// From when on it does not work any more; `nil` means never.
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?

    public init(
        id: APIKeyID, client: ClientID, label: String? = nil, scopes: Set<String>? = nil, createdAt: Timestamp, expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.client = client
        self.label = label
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// What it is good for at that time.
    public func status(at now: Timestamp) -> Status {
        if revokedAt != nil { return .revoked }
        if let expiresAt, expiresAt <= now { return .expired }
        return .active
    }

    public enum Status: String, CaseIterable, Hashable, Sendable {
        case active = "ACTIVE"
        case expired = "EXPIRED"
        case revoked = "REVOKED"
    }
}

/// The name of an API key, a UUID of version 7. It is no secret.
public struct APIKeyID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let id: SessionID

    public init(high: UInt64, low: UInt64) {
        id = SessionID(high: high, low: low)
    }

    /// Reads a UUID in its usual notation; `nil` where it is none.
    public init?(_ text: String) {
        guard let id = SessionID(text) else { return nil }
        self.init(high: id.high, low: id.low)
    }

    /// A new id of that time.
    public static func make(at now: Timestamp) -> APIKeyID {
        let id = SessionID.make(at: now)
        return APIKeyID(high: id.high, low: id.low)
    }

    public var high: UInt64 { id.high }
    public var low: UInt64 { id.low }
    public var description: String { id.description }

    public static func < (a: APIKeyID, b: APIKeyID) -> Bool { a.id < b.id }
}

/// The SHA-256 digest of an API key.
public struct APIKeyDigest: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }
}
