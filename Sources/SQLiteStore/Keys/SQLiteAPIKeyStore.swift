public import Access
public import QualityOnDemand
public import SessionEngine

/// The API keys in a database that is open already.
public struct SQLiteAPIKeyStore: APIKeyStore {
    let writer: GroupCommit
    let reader: GroupCommit

    public func insert(_ key: APIKey, digest: APIKeyDigest) async throws(StoreError) {
        try await writer.run { try APIKeyTable.insert(key, digest: digest, in: $0) }
    }

    public func apiKey(_ digest: APIKeyDigest) async throws(StoreError) -> APIKey? {
        try await reader.run(isQuick: true) { try APIKeyTable.find(digest, in: $0) }
    }

    public func apiKeys(after id: APIKeyID?, limit: Int) async throws(StoreError) -> [APIKey] {
        try await reader.run { try APIKeyTable.page(after: id, limit: limit, in: $0) }
    }

    public func revoke(_ id: APIKeyID, at now: Timestamp) async throws(StoreError) -> APIKey? {
        try await writer.run { try APIKeyTable.revoke(id, at: now, in: $0) }
    }

    public func hasAPIKeys() async throws(StoreError) -> Bool {
        try await !reader.run { try APIKeyTable.isEmpty(in: $0) }
    }
}

extension SQLiteStore {
    /// The API keys beside the sessions.
    public var apiKeys: SQLiteAPIKeyStore { SQLiteAPIKeyStore(writer: writer, reader: reader) }
}
