public import QualityOnDemand

/// Keeps the API keys that an operator creates while the platform runs.
///
/// The contract that every store must keep, and that `APIKeyStoreConformance` tests:
///
/// - Only a digest of a key is stored, never the key itself: a thief of the store gets no key.
/// - When a call returns, its change is on disk, and every other connection to the same store sees the change.
/// - A revoked key stays in the store, so that an operator can still find its holder and its end; the key is never in
///   force again.
/// - A failed call throws the store's own error, and changes nothing.
public protocol APIKeyStore: Sendable {
    /// Stores a new key.
    ///
    /// - Throws: also if the id or the digest exists already.
    func insert(_ key: APIKey, digest: APIKeyDigest) async throws

    /// The key of that digest, in force or not.
    func apiKey(_ digest: APIKeyDigest) async throws -> APIKey?

    /// The keys in the order of their creation, in pages: the keys after `id`, or the first ones.
    func apiKeys(after id: APIKeyID?, limit: Int) async throws -> [APIKey]

    /// Ends a key. A second revocation keeps the time of the first one.
    ///
    /// - Returns: the key as it is afterwards; `nil` if there is no key of that id.
    func revoke(_ id: APIKeyID, at now: Timestamp) async throws -> APIKey?

    /// Whether the store ever had a key, in force or not.
    func hasAPIKeys() async throws -> Bool
}

/// The data of an API key, without the key itself.
public struct APIKey: Hashable, Sendable, Identifiable {
    public let id: APIKeyID
    /// The client that holds the key.
    public let client: ClientID
    /// The operator's note on the key.
    public let label: String?
    /// The scopes that the key allows, with the names of the APIs; `nil` means everything.
    public let scopes: Set<String>?
    /// The sites whose devices the key may use; `nil` means all sites.
    public let sites: Set<SiteName>?
    public let createdAt: Timestamp
    /// The time at which the key expires; `nil` means never.
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?

    public init(
        id: APIKeyID, client: ClientID, label: String? = nil, scopes: Set<String>? = nil, sites: Set<SiteName>? = nil, createdAt: Timestamp,
        expiresAt: Timestamp? = nil, revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.client = client
        self.label = label
        self.scopes = scopes
        self.sites = sites
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// The status of the key at that time.
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

    /// Reads a UUID in its usual notation; `nil` if the text is no UUID.
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
