import Access
import Foundation
import GRDB
import QualityOnDemand

/// The table `api_key`: the clients with access, found by the digest of the key.
enum APIKeyTable {
    private static let columns = "id, client, label, scopes, created_at, expires_at, revoked_at, sites"

    static func insert(_ key: APIKey, digest: APIKeyDigest, in database: Database) throws {
        let statement = try database.cachedStatement(sql: "INSERT INTO api_key (digest, \(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            Data(digest.bytes), key.id.blob, key.client.description, key.label, key.scopes.map { $0.sorted().joined(separator: " ") },
            key.createdAt.milliseconds, key.expiresAt?.milliseconds, key.revokedAt?.milliseconds,
            key.sites.map { $0.sorted().map(\.description).joined(separator: " ") },
        ])
    }

    static func find(_ digest: APIKeyDigest, in database: Database) throws -> APIKey? {
        let statement = try database.cachedStatement(sql: "SELECT \(columns) FROM api_key WHERE digest = ?")
        return try Row.fetchOne(statement, arguments: [Data(digest.bytes)]).map(key)
    }

    static func page(after id: APIKeyID?, limit: Int, in database: Database) throws -> [APIKey] {
        let statement = try database.cachedStatement(sql: "SELECT \(columns) FROM api_key WHERE id > ? ORDER BY id LIMIT ?")
        return try Row.fetchAll(statement, arguments: [id?.blob ?? Data(), limit]).map(key)
    }

    static func revoke(_ id: APIKeyID, at now: Timestamp, in database: Database) throws -> APIKey? {
        try database.execute(
            sql: "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", arguments: [now.milliseconds, id.blob])
        return try Row.fetchOne(database, sql: "SELECT \(columns) FROM api_key WHERE id = ?", arguments: [id.blob]).map(key)
    }

    static func isEmpty(in database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT NOT EXISTS (SELECT 1 FROM api_key)") ?? true
    }

    private static func key(_ row: Row) -> APIKey {
        let (high, low) = (row[0] as Data).bigEndianHalves
        return APIKey(
            id: APIKeyID(high: high, low: low), client: ClientID(row[1]), label: row[2],
            scopes: (row[3] as String?).map { Set($0.split(separator: " ").map(String.init)) },
            sites: (row[7] as String?).map { Set($0.split(separator: " ").map { SiteName(stored: String($0)) }) },
            createdAt: Timestamp(milliseconds: row[4]), expiresAt: (row[5] as Int64?).map(Timestamp.init(milliseconds:)),
            revokedAt: (row[6] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension APIKeyID {
    fileprivate var blob: Data { Data(bigEndian: high, low) }
}
