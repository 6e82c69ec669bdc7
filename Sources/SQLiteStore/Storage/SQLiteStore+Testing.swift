import GRDB
import SessionEngine

/// For this package's tests only: states of the store that a test can neither see nor cause from outside.
extension SQLiteStore {
    /// The settings that decide whether a commit survives, read from the writing connection.
    package func durabilityPragmas() async throws -> [String: String] {
        try await writer.run { database in
            var pragmas: [String: String] = [:]
            for name in ["journal_mode", "synchronous"] { pragmas[name] = try String.fetchOne(database, sql: "PRAGMA \(name)") }
            return pragmas
        }
    }

    /// Creates a file in the state of an earlier version.
    ///
    /// - Parameter migration: the last migration of this version.
    package static func makeFile(path: String, asOf migration: String) throws {
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: migration)
        try queue.close()
    }

    /// Limits the file to so many pages. Above the limit, SQLite reports the same error as for a full disk.
    package func limitFile(toPages pages: Int) async throws {
        try await writer.run { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
}
