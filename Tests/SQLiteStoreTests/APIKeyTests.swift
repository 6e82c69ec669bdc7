import Access
import Foundation
import GRDB
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("API keys in SQLite")
struct APIKeyTests {
    private func key(_ client: String = "shop") -> APIKey {
        APIKey(id: .make(at: Fixture.time), client: ClientID(client), createdAt: Fixture.time)
    }

    private let digest = APIKeyDigest(Array(repeating: 7, count: 32))

    @Test("in a platform's file", arguments: APIKeyStoreConformance.checks)
    func file(check: APIKeyStoreConformance.Check) async throws {
        try await TemporaryFolder.with { folder async throws in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            try await check.run(store.apiKeys)
            try store.close()
        }
    }

    @Test("in memory", arguments: APIKeyStoreConformance.checks)
    func memory(check: APIKeyStoreConformance.Check) async throws {
        try await check.run(try SQLiteStore.inMemory().apiKeys)
    }

    @Test("in a file of keys alone", arguments: APIKeyStoreConformance.checks)
    func keyFile(check: APIKeyStoreConformance.Check) async throws {
        try await TemporaryFolder.with { folder async throws in
            let file = try SQLiteKeyFile.open(path: folder + "/nac.db", mayCreate: true)
            try await check.run(file.apiKeys)
            try file.close()
        }
    }

    @Test("a running platform and the tool see each other's keys at once, and write beside each other")
    func twoConnections() async throws {
        try await TemporaryFolder.with { folder async throws in
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            let file = try SQLiteKeyFile.open(path: folder + "/nac.db", mayCreate: false)
            let key = key()
            try await file.apiKeys.insert(key, digest: digest)
            #expect(try await store.apiKeys.apiKey(digest) == key)
            _ = try await store.apiKeys.revoke(key.id, at: Fixture.time)
            #expect(try await file.apiKeys.apiKey(digest)?.revokedAt == Fixture.time)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        let session = Fixture.session(flow: Fixture.flow("198.51.100.\(index)"))
                        _ = try await store.create(SessionCreation(session: session))
                    }
                    group.addTask {
                        let digest = APIKeyDigest((0..<32).map { UInt8($0 == 0 ? index : 200) })
                        try await file.apiKeys.insert(self.key("c\(index)"), digest: digest)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.count() == 100)
            #expect(try await store.apiKeys.apiKeys(after: nil, limit: 1000).count == 101)
            try file.close()
            #expect(try await store.count() == 100)
            try store.close()
            let again = try SQLiteStore.open(path: folder + "/nac.db")
            #expect(try await again.apiKeys.apiKeys(after: nil, limit: 1000).count == 101)
            try again.close()
        }
    }

    @Test("keys and sessions of one file do not mind who made it")
    func madeByEither() async throws {
        try await TemporaryFolder.with { folder async throws in
            let file = try SQLiteKeyFile.open(path: folder + "/nac.db", mayCreate: true)
            try await file.apiKeys.insert(key(), digest: digest)
            // A platform can start while the tool has the file open.
            let store = try SQLiteStore.open(path: folder + "/nac.db")
            #expect(try await store.apiKeys.hasAPIKeys())
            try store.close()
            try file.close()
        }
    }

    /// The error of opening the keys of a file; `nil` if opening succeeds.
    private func failure(_ path: String, mayCreate: Bool = true) -> StoreError? {
        do throws(StoreError) {
            try SQLiteKeyFile.open(path: path, mayCreate: mayCreate).close()
            return nil
        } catch {
            return error
        }
    }

    @Test("a file that is missing is made only where that is wanted; one that is another's is left alone")
    func wrongFiles() async throws {
        try await TemporaryFolder.with { folder async throws in
            let missing = failure(folder + "/none.db", mayCreate: false)
            #expect(missing?.message.contains("/none.db is not there") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/none.db"))
            let queue = try DatabaseQueue(path: folder + "/other.db")
            try await queue.write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
            try queue.close()
            #expect(failure(folder + "/other.db")?.code == .corrupt)
            try Data("a letter, no database; a letter, no database; a letter, no database; a letter, no database; a letter, no database".utf8)
                .write(to: URL(filePath: folder + "/letter.db"))
            #expect(failure(folder + "/letter.db")?.code == .corrupt)
        }
    }

    @Test("a file of an older version is brought up to date, but not under a platform that runs")
    func olderVersion() async throws {
        try await TemporaryFolder.with { folder async throws in
            let path = folder + "/nac.db"
            let store = try SQLiteStore.open(path: path)
            let queue = try DatabaseQueue(path: path)
            // The file is the same as one from a platform without stored keys.
            try await queue.write { try $0.execute(sql: "DROP TABLE api_key; DELETE FROM grdb_migrations WHERE identifier = 'api-keys'") }
            let error = failure(path)
            #expect(error?.code == .inUse && error?.message.contains("older version") == true)
            try queue.close()
            try store.close()
            #expect(failure(path) == nil)
            #expect(failure(path, mayCreate: false) == nil)
        }
    }

    @Test("neither a key nor anything that it can be had from is in the file")
    func noKeyInFile() async throws {
        try await TemporaryFolder.with { folder async throws in
            let file = try SQLiteKeyFile.open(path: folder + "/nac.db", mayCreate: true)
            try await file.apiKeys.insert(key(), digest: digest)
            try file.close()
            let queue = try DatabaseQueue(path: folder + "/nac.db")
            let columns = try await queue.read { try String.fetchAll($0, sql: "SELECT name FROM pragma_table_info('api_key')") }
            #expect(columns == ["id", "digest", "client", "label", "scopes", "created_at", "expires_at", "revoked_at", "sites"])
        }
    }
}
