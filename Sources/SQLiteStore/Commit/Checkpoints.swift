import Dispatch
import GRDB
import GRDBSQLite
import Metrics
import NIOConcurrencyHelpers

/// Brings what was committed from the write-ahead log into the database file, beside the writer.
///
/// SQLite itself does so within a commit, which then waits until the file's pages are on the disk, and with it every call
/// behind it. Here a connection of its own does nearly all of it. The writer does the rest where the log has become long,
/// because only the writer can begin the log anew.
final class Checkpoints: Sendable {
    /// After how many more pages in the log a checkpoint begins: 16 MiB.
    private static let step = 4000
    /// From how many pages on the writer takes part: 64 MiB. Starting after a crash reads that much.
    private static let longest = 16_000
    /// From how many pages on only a reader that holds an old snapshot explains the length: 128 MiB.
    private static let excessive = 32_000

    private struct State {
        /// How long the log was when the last checkpoint began.
        var begunAt = 0
        var isRunning = false
        var isClosed = false
        /// How many pages the log had after the last commit.
        var pages = 0
        /// Whether the writer takes part now.
        var isWriterAtWork = false
        /// Whether the files are whole; asked before a checkpoint, which would hide that they are not.
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

    /// For a store that has no log.
    static func noLog() {
        Gauge(label: "nac_store_log_bytes").record(0)
    }

    /// The bytes of the log, where it is so long that something must keep it from being begun anew.
    var excess: Int? {
        let pages = state.withLockedValue { $0.pages }
        return pages >= Self.excessive ? pages * (pageSize + 24) : nil
    }

    /// Whether pages are being brought into the file.
    var isBusy: Bool { state.withLockedValue { $0.isBusy } }

    /// - Parameters:
    ///   - before: called before each checkpoint, which is left out where the answer is no.
    ///   - after: called after each.
    func surround(before: @escaping @Sendable () -> Bool, after: @escaping @Sendable () -> Void) {
        state.withLockedValue { ($0.before, $0.after) = (before, after) }
    }

    /// Runs `work` where the files are whole.
    ///
    /// - Returns: whether it was run, and did.
    private func checkpoint(_ work: () throws -> Void) -> Bool {
        let (before, after) = state.withLockedValue { ($0.before, $0.after) }
        guard before() else { return false }
        defer { after() }
        return (try? work()) != nil
    }

    /// Brings all of the log into the file and empties it, where it is quiet enough for that: erased secrets leave the log so.
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

    /// Takes the place of SQLite's own checkpoints on the writing connection. The connection must be closed before this is gone.
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

    /// Begins no more checkpoints, and returns when the last one is done.
    func close() throws {
        state.withLockedValue { $0.isClosed = true }
        queue.sync {}
        try connection.close()
    }

    /// Called by the writing connection, after each commit.
    ///
    /// - Parameter pages: how many the log has.
    private func committed(_ writer: OpaquePointer?, pages: Int) {
        // A checkpoint that fails is made up for by the next one; what was committed is safe in the log.
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
