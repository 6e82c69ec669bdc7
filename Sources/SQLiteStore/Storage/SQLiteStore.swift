import Foundation
import GRDB
import NIOConcurrencyHelpers
public import QualityOnDemand
public import SessionEngine

/// Sessions in one SQLite file: the embedded store.
///
/// The file is in WAL mode with `synchronous=FULL`: when a call returns, its change survives a crash of the process
/// and of the machine. One writer commits the calls of many tasks together. The readers beside the writer see the
/// last commit. A file belongs to one process at a time.
public final class SQLiteStore: SessionStore {
    private let database: any DatabaseWriter
    let writer: GroupCommit
    let reader: GroupCommit
    /// Called after events with a sink were stored.
    let onEvents = NIOLockedValueBox<@Sendable () -> Void>({})
    /// Reads of the platform itself, which do not wait behind the clients' reads.
    private let probe: GroupCommit
    /// `nil` for a store in memory.
    private let file: Opened?

    /// The parts of a store that has a file.
    private struct Opened {
        let file: OpenedFile
        let checkpoints: Checkpoints
        let watch: FileWatch
    }
    private let recent: RecentSessions
    private let ranks = RankCounter()
    /// The last sequence of the outbox. Only the writer's transactions change it, so it is never behind the outbox.
    private let lastSequence: NIOLockedValueBox<Int64>
    /// Whether live sessions are counted; the first creation with a limit starts the count.
    private let countsLive = NIOLockedValueBox(false)
    /// The number of events.
    let stock: EventStock
    /// The rows that were set aside.
    let unreadable = UnreadableRows()
    let unreadableEvents = UnreadableEvents()
    /// Whether a run over this store has begun, so that closing the store ends the run.
    let isRunning = NIOLockedValueBox(false)
    /// `nil` if the store is not shared.
    let leases: Leases?

    /// Opens a file; creates the file if it is missing, and migrates the file if it is old.
    ///
    /// - Parameters:
    ///   - path: the file; the files `-wal`, `-shm` and `-lock` appear beside it.
    ///   - queueCapacity: how many calls may wait before more are refused.
    ///   - readers: how many calls read at once; `nil` for the number of processors, but two to four.
    ///   - seal: the seal for sinks' tokens; without a seal, tokens are stored in clear text.
    /// - Throws: ``SessionEngine/StoreError`` with the fault of the file and advice for the operator. A file that is
    ///   not this platform's, or newer than this program, is left unchanged.
    public static func open(
        path: String, queueCapacity: Int = 20_000, readers: Int? = nil, seal: TokenSeal? = nil
    ) throws(StoreError) -> SQLiteStore {
        let readers = readers ?? max(2, min(4, ProcessInfo.processInfo.activeProcessorCount))
        var configuration = configuration(seal: seal)
        // The platform's own checks need one more reader.
        configuration.maximumReaderCount = max(readers + 1, 5)
        let translate = FailureTranslator(path: path)
        let file = try OpenedFile(path: path)
        do {
            let pool = try DatabasePool(path: file.path, configuration: configuration)
            try prepare(pool, path: path)
            let checkpoints = try Checkpoints(path: file.path, configuration: configuration)
            pool.writeWithoutTransaction { checkpoints.attach(to: $0) }
            file.restrict()
            return try SQLiteStore(
                pool, file: file, checkpoints: checkpoints, queueCapacity: queueCapacity, readers: readers, translate: translate)
        } catch {
            throw translate(error)
        }
    }

    /// Makes a store in memory that is gone with the process, for trials and tests.
    ///
    /// - Parameter time: the time of leases, if several engines of this process share the store; `nil` if one engine has
    ///   the store for itself.
    public static func inMemory(
        queueCapacity: Int = 20_000, sharedAt time: (@Sendable () -> Timestamp)? = nil
    ) throws(StoreError) -> SQLiteStore {
        let translate = FailureTranslator(path: ":memory:")
        do {
            let queue = try DatabaseQueue(configuration: configuration())
            try prepare(queue, path: ":memory:")
            return try SQLiteStore(
                queue, file: nil, checkpoints: nil, queueCapacity: queueCapacity, readers: 1, leases: time.map { Leases(now: $0) },
                translate: translate)
        } catch {
            throw translate(error)
        }
    }

    private init(
        _ database: any DatabaseWriter, file: OpenedFile?, checkpoints: Checkpoints?, queueCapacity: Int, readers: Int,
        leases: Leases? = nil, translate: FailureTranslator
    ) throws {
        self.database = database
        self.leases = leases
        let recent = RecentSessions()
        self.recent = recent
        // The writer calls the checkpoints after each commit, so they must exist for as long as the writer does.
        let rolledBack = { @Sendable [checkpoints, ranks] in
            withExtendedLifetime(checkpoints) { recent.removeAll() }
            ranks.reset()
        }
        let watch = NIOLockedValueBox<FileWatch?>(nil)
        let writer = GroupCommit(
            database, kind: .write, capacity: queueCapacity, rolledBack: rolledBack,
            verify: { () throws(StoreError) in try watch.withLockedValue { $0 }?.verify() },
            ended: { failure in watch.withLockedValue { $0 }?.wrote(failure) }
        ) { translate($0) }
        self.writer = writer
        self.reader = GroupCommit(database, kind: .read, capacity: queueCapacity, lanes: readers) { translate($0) }
        self.probe = GroupCommit(database, kind: .read, capacity: 1000) { translate($0) }
        let last = try database.read(EventTable.lastSequence)
        self.lastSequence = NIOLockedValueBox(last)
        self.stock = EventStock(first: last)
        self.file = file.flatMap { file in
            checkpoints.map { checkpoints in
                Opened(file: file, checkpoints: checkpoints, watch: FileWatch(file, checkpoints: checkpoints) { Self.probe(writer, watch) })
            }
        }
        watch.withLockedValue { $0 = self.file?.watch }
        if file == nil { Checkpoints.noLog() }
    }

    /// Takes the write lock. After a failure also writes, because only a write shows that the disk has room again.
    private static func probe(_ writer: GroupCommit, _ watch: NIOLockedValueBox<FileWatch?>) {
        guard let hasFailed = watch.withLockedValue({ $0 })?.hasFailed else { return }
        Task {
            try? await writer.run { database in
                guard hasFailed else { return }
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                try database.execute(sql: "PRAGMA user_version = \((version + 1) & 0xffff)")
            }
        }
    }

    /// Checks that data written now would be kept.
    public func check() async throws(StoreError) {
        try file?.watch.check()
        try await probe.run { _ = try Int.fetchOne($0, sql: "SELECT 1 FROM session LIMIT 1") }
    }

    /// The bytes of the log, if there are more than any load of this process can cause.
    var excessiveLog: Int? { file?.checkpoints.excess }

    /// Copies the whole log into the file, if there is little traffic.
    func emptyLog() { file?.checkpoints.empty() }

    static func configuration(seal: TokenSeal? = nil) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            TokenSeal.register(seal, in: database)
            // At most 64 MiB, allocated as needed. With a million sessions, the upper pages of the trees stay in the
            // cache.
            try database.execute(sql: "PRAGMA cache_size = -65536")
            // After a restart of the log, its file is not longer than this.
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
            // Erased data is overwritten, because sinks' tokens must not be found in free pages.
            try database.execute(sql: "PRAGMA secure_delete = ON")
        }
        return configuration
    }

    private static func prepare(_ database: any DatabaseWriter, path: String) throws {
        try check(database, path: path)
        try synchroniseFully(database)
        try Schema.migrator.migrate(database)
    }

    /// Refuses a file that is not this platform's, or newer than this program.
    static func check(_ database: any DatabaseWriter, path: String) throws {
        let migrator = Schema.migrator
        try database.read { database in
            let applicationID = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
            guard isEmpty || applicationID == Schema.applicationID else {
                throw StoreError(.corrupt, "\(path) is a SQLite database, but not one of this platform; name another file")
            }
            guard try !migrator.hasBeenSuperseded(database) else {
                throw StoreError(.newerVersion, "\(path) was written by a newer version of nac; use that version, or name another file")
            }
        }
    }

    /// GRDB sets NORMAL for files in WAL mode. With NORMAL, a crash of the machine may lose the last commits.
    static func synchroniseFully(_ database: any DatabaseWriter) throws {
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    }

    /// Notes that the run ended well. If the note cannot be stored, the next start only works with more care than
    /// necessary.
    private func endRun() {
        guard isRunning.withLockedValue({ $0 }) else { return }
        try? database.write { try RunTable.end(in: $0) }
        isRunning.withLockedValue { $0 = false }
    }

    /// Finishes the calls that were taken, copies everything from the journal into the file, and closes the file.
    public func close() throws(StoreError) {
        file?.watch.stop()
        writer.close()
        reader.close()
        probe.close()
        endRun()
        // The descriptors are closed last, after SQLite has released its own locks on the file.
        defer { file?.file.finish() }
        do {
            try file?.checkpoints.close()
            try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try database.close()
        } catch { throw StoreError(.failed, "the database could not be closed: \(error)") }
    }
}

// MARK: SessionStore

extension SQLiteStore {
    /// A read of so many sessions by their ids is quick.
    private static let fewRows = 64

    public func create(_ creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome] {
        if creations.contains(where: { LiveCounts.areNeeded(for: $0.limits) }) { try await countLive() }
        return try await writer.run { [recent, ranks] database in
            try creations.map { creation in
                try Self.create(creation, ranks, recent, in: database)
            }
        }
    }

    private static func create(
        _ creation: SessionCreation, _ ranks: RankCounter, _ recent: RecentSessions, in database: Database
    ) throws -> SessionCreation.Outcome {
        let session = creation.session
        if let idempotency = creation.idempotency,
            let earlier = try IdempotencyTable.find(idempotency, of: session.owner, in: database)
        {
            if let outcome = try outcome(ofRepeated: session, insteadOf: earlier.session, in: database) { return outcome }
            return Array(earlier.digest) == idempotency.digest ? .repeated(earlier.session) : .keyReused
        }
        if session.isAssignment {
            if let id = try AssignmentTable.find(session.subject.key, in: database) {
                return try outcome(ofRepeated: session, insteadOf: id, in: database) ?? .conflict(with: id)
            }
        } else if let id = try FlowTable.conflict(with: session, amongOthers: creation.allowsOverlap, in: database) {
            return try outcome(ofRepeated: session, insteadOf: id, in: database) ?? .conflict(with: id)
        } else if creation.allowsOverlap, let outcome = try outcome(ofRepeated: session, insteadOf: session.id, in: database) {
            // The client's own sessions are no conflict, so the search for conflicts does not find the session itself.
            return outcome
        }
        if let kind = try LiveCounts.reached(by: session, creation.limits, in: database) { return .limitReached(kind) }
        let rank = try ranks.next(in: database)
        try SessionTable.insert(session.ranked(rank), in: database)
        recent.insert(session.ranked(rank))
        try session.isAssignment ? AssignmentTable.insert(session, in: database) : FlowTable.insert(session, in: database)
        if let idempotency = creation.idempotency { try IdempotencyTable.insert(idempotency, for: session, in: database) }
        return .created(rank: rank)
    }

    /// The outcome of a creation that is stored already, if the session that is in its way is itself.
    private static func outcome(
        ofRepeated session: Session, insteadOf other: SessionID, in database: Database
    ) throws -> SessionCreation.Outcome? {
        guard other == session.id, let stored = try SessionTable.find(session.id, in: database) else { return nil }
        return .created(rank: stored.rank)
    }

    private func countLive() async throws(StoreError) {
        guard !countsLive.withLockedValue({ $0 }) else { return }
        try await writer.run { try LiveCounts.begin(in: $0) }
        countsLive.withLockedValue { $0 = true }
    }

    public func change(
        _ ids: [SessionID], under fence: Fence?, _ transition: @escaping @Sendable (inout Session) -> [SessionAction]
    ) async throws(StoreError) -> [SessionChange] {
        let changes = try await writer.run { [lastSequence, recent, unreadable, leases] database in
            if let fence { try leases?.check(fence) }
            var changes: [SessionChange] = []
            changes.reserveCapacity(ids.count)
            for id in ids {
                guard let before = try recent[id] ?? unreadable.readable({ try SessionTable.find(id, in: database) }) else {
                    continue
                }
                var session = before
                var actions = transition(&session)
                if session.subject.key != before.subject.key, try Self.isTaken(session, in: database) { (session, actions) = (before, []) }
                try Self.apply(actions, before: before, after: session, lastSequence, in: database)
                if actions.contains(.erase) { recent.remove(id) } else { recent.changed(session, by: actions) }
                changes.append(SessionChange(before: before, session: session, actions: actions))
            }
            return changes
        }
        stock.added(changes.reduce(0) { $0 + $1.eventCount })
        if changes.contains(where: \.hasEventForSink) { onEvents.withLockedValue { $0 }() }
        return changes
    }

    private static func apply(
        _ actions: [SessionAction], before: Session, after session: Session, _ lastSequence: NIOLockedValueBox<Int64>,
        in database: Database
    ) throws {
        for case .notify(let change) in actions {
            let sequence = lastSequence.withLockedValue { last in
                last += 1
                return last
            }
            try EventTable.insert(change, of: session, sequence: sequence, in: database)
        }
        if session.isAssignment, before.blocksItsFlow, !session.blocksItsFlow { try AssignmentTable.delete(before, in: database) }
        if actions.contains(.erase) {
            if !session.isAssignment { try FlowTable.delete(before, in: database) }
            try SessionTable.delete(session.id, in: database)
            if !before.formerPlacements.isEmpty { try PlacementTable.delete(session.id, in: database) }
        } else if session != before {
            try SessionTable.update(session, from: before, in: database)
            if session.subject != before.subject { try move(session, from: before, in: database) }
            if session.formerPlacements != before.formerPlacements { try PlacementTable.update(session, in: database) }
        }
    }

    /// Whether another session has the flow of a session whose device has another key now.
    private static func isTaken(_ session: Session, in database: Database) throws -> Bool {
        guard session.blocksItsFlow else { return false }
        if session.isAssignment { return try AssignmentTable.find(session.subject.key, in: database) != nil }
        return try FlowTable.conflict(with: session, amongOthers: session.dialect == .v0, in: database) != nil
    }

    /// Stores the new addresses of a session's device, and its new key if the device is at another site.
    private static func move(_ session: Session, from before: Session, in database: Database) throws {
        try SessionTable.updateSubject(session, in: database)
        guard session.subject.key != before.subject.key else { return }
        if session.isAssignment {
            try AssignmentTable.delete(before, in: database)
            try AssignmentTable.insert(session, in: database)
        } else {
            try FlowTable.delete(before, in: database)
            try FlowTable.insert(session, in: database)
        }
    }

    public func sessions(_ ids: [SessionID]) async throws(StoreError) -> [Session] {
        try await reader.run(isQuick: ids.count <= Self.fewRows) { [unreadable] database in
            try ids.compactMap { id in try unreadable.readable { try SessionTable.find(id, in: database) } }
        }
    }

    public func sessions(
        of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int
    ) async throws(StoreError) -> [Session] {
        try await reader.run { [unreadable] database in
            try SessionTable.page(of: device, owner: owner, at: now, limit: limit, skipping: unreadable, in: database)
        }
    }

    public func assignment(of device: DeviceKey) async throws(StoreError) -> Session? {
        try await reader.run(isQuick: true) { [unreadable] database in
            guard let id = try AssignmentTable.find(device, in: database) else { return nil }
            return try unreadable.readable { try SessionTable.find(id, in: database) }
        }
    }

    public func sessions(
        of devices: [DeviceKey], after place: DevicePlace?, limit: Int
    ) async throws(StoreError) -> DevicePage {
        try await reader.run { try SessionTable.page(of: devices, after: place, limit: limit, in: $0) }
    }

    public func sessions(withHandles handles: [NetworkHandle]) async throws(StoreError) -> [Session] {
        try await reader.run { [unreadable] database in
            try handles.flatMap { try SessionTable.sessions(withHandle: $0, skipping: unreadable, in: database) }
        }
    }

    public func sessions(after id: SessionID?, limit: Int) async throws(StoreError) -> [Session] {
        try await reader.run { [unreadable] database in
            try SessionTable.page(after: id, limit: limit, skipping: unreadable, in: database)
        }
    }

    public func deadlines(until horizon: Timestamp, limit: Int) async throws(StoreError) -> [Deadline] {
        try await reader.run { try SessionTable.deadlines(until: horizon, limit: limit, in: $0) }
    }

    public func events(of id: SessionID) async throws(StoreError) -> [SessionEvent] {
        try await reader.run { [unreadableEvents] in try EventTable.events(of: id, noting: unreadableEvents, in: $0) }
    }
}
