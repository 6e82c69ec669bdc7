import GRDB
import SessionEngine

/// For this package's tests only: what cannot be seen or brought about from outside.
extension SQLiteStore {
    /// The settings that decide whether a commit survives, as the writing connection has them.
    package func durabilityPragmas() async throws -> [String: String] {
        try await writer.run { database in
            var pragmas: [String: String] = [:]
            for name in ["journal_mode", "synchronous"] { pragmas[name] = try String.fetchOne(database, sql: "PRAGMA \(name)") }
            return pragmas
        }
    }

    /// Makes a file as an earlier version left it.
    ///
    /// - Parameter migration: the last one that this version had.
    package static func makeFile(path: String, asOf migration: String) throws {
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: migration)
        try queue.close()
    }

    /// Makes the file as good as full when it has so many pages; SQLite then says just what it says of a full disk.
    package func limitFile(toPages pages: Int) async throws {
        try await writer.run { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
}
