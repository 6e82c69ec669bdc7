import Dispatch
import GRDB
import GRDBSQLite
import Metrics
import NIOConcurrencyHelpers

/// Copies committed pages from the write-ahead log into the database file, in parallel with the writer.
///
/// SQLite itself copies the pages within a commit. The commit, and every call behind it, then waits until the pages
/// are on the disk. Here a separate connection does nearly all of the copying. The writer does the rest if the log
/// has become long, because only the writer can restart the log.
final class Checkpoints: Sendable {
    /// A checkpoint begins after so many more pages in the log: 16 MiB.
    private static let step = 4000
    /// The length of the log, in pages, from which the writer helps: 64 MiB. A start after a crash reads that much.
    private static let longest = 16_000
    /// The length of the log, in pages, that only a reader with an old snapshot can cause: 128 MiB.
    private static let excessive = 32_000

    private struct State {
        /// The length of the log at the start of the last checkpoint.
        var begunAt = 0
        var isRunning = false
        var isClosed = false
        /// The length of the log after the last commit.
        var pages = 0
        /// Whether the writer runs a checkpoint now.
        var isWriterAtWork = false
        /// Whether the files are intact. Asked before each checkpoint, because a checkpoint would hide damage.
        var before: @Sendable () -> Bool = { true }
        var after: @Sendable () -> Void = {}

        var isBusy: Bool { isRunning || isWriterAtWork }
    }

    private let state = NIOLockedValueBox(State())
    private let connection: DatabaseQueue
    private let queue = DispatchQueue(label: "nac.sqlite.checkpoint")
    private let size = Gauge(label: "nac_store_log_bytes")
    private let pageSize: Int

    /// - Parameter path: the file, which is in WAL mode.
    init(path: String, configuration: Configuration) throws {
        var configuration = configuration
        configuration.busyMode = .timeout(0.2)
        connection = try DatabaseQueue(path: path, configuration: configuration)
        size.record(0)
        pageSize = try connection.read { try Int.fetchOne($0, sql: "PRAGMA page_size") } ?? 4096
    }

    /// Sets the gauge for a store without a log.
    static func noLog() {
        Gauge(label: "nac_store_log_bytes").record(0)
    }

    /// The bytes of the log, if the log is so long that something must prevent its restart.
    var excess: Int? {
        let pages = state.withLockedValue { $0.pages }
        return pages >= Self.excessive ? pages * (pageSize + 24) : nil
    }

    /// Whether a checkpoint is under way.
    var isBusy: Bool { state.withLockedValue { $0.isBusy } }

    /// - Parameters:
    ///   - before: called before each checkpoint; if the result is `false`, the checkpoint is skipped.
    ///   - after: called after each checkpoint.
    func surround(before: @escaping @Sendable () -> Bool, after: @escaping @Sendable () -> Void) {
        state.withLockedValue { ($0.before, $0.after) = (before, after) }
    }

    /// Runs `work` if the files are intact.
    ///
    /// - Returns: whether `work` ran and succeeded.
    private func checkpoint(_ work: () throws -> Void) -> Bool {
        let (before, after) = state.withLockedValue { ($0.before, $0.after) }
        guard before() else { return false }
        defer { after() }
        return (try? work()) != nil
    }

    /// Copies the whole log into the file and empties the log, if there is little traffic. So erased secrets leave
    /// the log too.
    func empty() {
        let begins = state.withLockedValue { state in
            guard state.pages > 0, state.pages < Self.step, !state.isRunning, !state.isClosed else { return false }
            state.isRunning = true
            return true
        }
        guard begins else { return }
        queue.async { [self] in
            let isDone = checkpoint { try connection.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) } }
            state.withLockedValue { state in
                if isDone { (state.pages, state.begunAt) = (0, 0) }
                state.isRunning = false
            }
            if isDone { size.record(0) }
        }
    }

    /// Replaces SQLite's own checkpoints on the writing connection. The connection must be closed before this object
    /// is gone.
    func attach(to database: Database) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, connection, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Checkpoints>.fromOpaque(context).takeUnretainedValue().committed(connection, pages: Int(pages))
                return SQLITE_OK
            }, context)
    }

    /// Starts no more checkpoints, and returns after the last one.
    func close() throws {
        state.withLockedValue { $0.isClosed = true }
        queue.sync {}
        try connection.close()
    }

    /// Called by the writing connection, after each commit.
    ///
    /// - Parameter pages: the length of the log.
    private func committed(_ writer: OpaquePointer?, pages: Int) {
        // If a checkpoint fails, the next one does its work too; the committed data is safe in the log.
        if pages >= Self.longest {
            state.withLockedValue { $0.isWriterAtWork = true }
            _ = checkpoint { sqlite3_wal_checkpoint_v2(writer, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) }
            state.withLockedValue { $0.isWriterAtWork = false }
        }
        size.record(pages * (pageSize + 24))
        let begins = state.withLockedValue { state in
            state.pages = pages
            if pages < state.begunAt { state.begunAt = 0 }
            guard pages >= state.begunAt + Self.step, !state.isRunning, !state.isClosed else { return false }
            state.begunAt = pages
            state.isRunning = true
            return true
        }
        guard begins else { return }
        queue.async { [self] in
            _ = checkpoint { try connection.writeWithoutTransaction { _ = try $0.checkpoint(.passive) } }
            state.withLockedValue { $0.isRunning = false }
        }
    }
}
