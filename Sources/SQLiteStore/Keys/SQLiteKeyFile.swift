import Foundation
import GRDB
public import SessionEngine

/// A connection to the API keys of a database, also while a platform uses the file.
///
/// The connection needs no lock against a running platform, because it changes nothing that an engine holds in
/// memory. SQLite's own locks order its few short transactions among the platform's. The connection takes the lock
/// only while it creates or migrates the tables, which must not happen under a running platform.
public final class SQLiteKeyFile: Sendable {
    /// The keys.
    public let apiKeys: SQLiteAPIKeyStore
    private let database: DatabasePool
    /// Unlocked, but open until the database is closed: closing it would drop SQLite's own locks too.
    private let migrated: OpenedFile?

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - mayCreate: whether the file is created if it is missing.
    /// - Throws: ``SessionEngine/StoreError`` as ``SQLiteStore/open(path:queueCapacity:)`` does, and if a platform of
    ///   an older version uses the file.
    public static func open(path: String, mayCreate: Bool) throws(StoreError) -> SQLiteKeyFile {
        guard mayCreate || FileManager.default.fileExists(atPath: path) else {
            throw StoreError(.failed, "\(path) is not there; nac serve makes it, and nac key create does")
        }
        let translate = FailureTranslator(path: path)
        do {
            try OpenedFile.create(path)
            let database = try DatabasePool(path: path, configuration: SQLiteStore.configuration())
            try SQLiteStore.check(database, path: path)
            let migrated = try database.read(Schema.migrator.hasCompletedMigrations) ? nil : try migrate(database, path: path)
            try SQLiteStore.synchroniseFully(database)
            return SQLiteKeyFile(database, migrated: migrated, translate: translate)
        } catch {
            throw translate(error)
        }
    }

    private init(_ database: DatabasePool, migrated: OpenedFile?, translate: FailureTranslator) {
        self.database = database
        self.migrated = migrated
        apiKeys = SQLiteAPIKeyStore(
            writer: GroupCommit(database, kind: .write, capacity: 1000) { translate($0) },
            reader: GroupCommit(database, kind: .read, capacity: 1000) { translate($0) })
    }

    private static func migrate(_ database: DatabasePool, path: String) throws -> OpenedFile {
        let lock = try exclusiveLock(path)
        let result = Result { try Schema.migrator.migrate(database) }
        lock.release()
        try result.get()
        return lock
    }

    private static func exclusiveLock(_ path: String) throws -> OpenedFile {
        do {
            return try OpenedFile(path: path)
        } catch {
            guard error.code == .inUse else { throw error }
            throw StoreError(.inUse, "\(path) is in use by a platform of an older version, which knows no stored keys; stop that one first")
        }
    }

    /// Finishes the calls that were taken, and closes the file. A running platform maintains the journal.
    public func close() throws(StoreError) {
        apiKeys.writer.close()
        apiKeys.reader.close()
        defer { migrated?.finish() }
        do { try database.close() } catch { throw StoreError(.failed, "the database could not be closed: \(error)") }
    }
}
