import Dispatch
import GRDB
import Metrics
import NIOConcurrencyHelpers
import SessionEngine

/// Runs calls from many tasks over one database connection. Each transaction takes all calls that wait at its start.
///
/// A lone call runs at once: no call waits for others. During a commit, new calls wait, and all of them form the next
/// transaction. So the calls share the cost of the disk under load, and pay no more without load.
///
/// Reads run in several lanes, each over a snapshot of its own. Quick reads share a lane while few of them wait, and
/// are answered together: a transaction of its own, and a wake-up of its own, cost more than the read. A long read is
/// answered as soon as it has run, and no quick read waits for an answer behind it. The calls of a write transaction
/// are answered together, after the commit.
///
/// Calls run on a queue of their own, because the threads that run tasks must not block.
final class GroupCommit: Sendable {
    /// The way to run a group: in one write transaction, or over one snapshot.
    enum Kind: Sendable {
        case write
        case read
    }

    private struct State {
        var waiting: [any Call] = []
        /// How many lanes are active.
        var running = 0
        /// How many of them have only quick calls.
        var quick = 0
        var isClosed = false
        /// How many calls were refused because too many waited.
        var refused = 0
    }

    private let state = NIOLockedValueBox(State())
    private let queue: DispatchQueue
    private let database: any DatabaseWriter
    private let kind: Kind
    private let capacity: Int
    private let lanes: Int
    private let largestGroup: Int
    /// Below this number, quick calls wait for a lane with quick calls instead of starting another lane.
    private static let backlog = 16
    private let rolledBack: @Sendable () -> Void
    private let verify: @Sendable () throws(StoreError) -> Void
    private let ended: @Sendable (StoreError?) -> Void
    private let translate: @Sendable (any Error) -> StoreError
    /// For write transactions only.
    private let duration: Metrics.Timer?
    private let groupSize: Recorder?

    /// - Parameters:
    ///   - lanes: how many groups run at once; writes have one lane.
    ///   - rolledBack: called after the changes of calls are undone, before any of the calls runs again.
    ///   - ended: called after each transaction, with the error if the transaction failed.
    ///   - verify: called before a transaction, and after its commit before its calls are answered; throws if committed data
    ///     would not be found again.
    init(
        _ database: any DatabaseWriter, kind: Kind, capacity: Int, lanes: Int = 1, rolledBack: @escaping @Sendable () -> Void = {},
        verify: @escaping @Sendable () throws(StoreError) -> Void = {},
        ended: @escaping @Sendable (StoreError?) -> Void = { _ in },
        translate: @escaping @Sendable (any Error) -> StoreError
    ) {
        self.rolledBack = rolledBack
        self.verify = verify
        self.ended = ended
        self.lanes = kind == .write ? 1 : lanes
        largestGroup = kind == .write ? 1024 : 64
        self.database = database
        self.kind = kind
        self.capacity = capacity
        self.translate = translate
        duration = kind == .write ? Metrics.Timer(label: "nac_store_commit_duration_seconds") : nil
        groupSize = kind == .write ? Recorder(label: "nac_store_batch_size") : nil
        self.queue = DispatchQueue(label: "nac.sqlite.\(kind)", attributes: lanes > 1 ? .concurrent : [])
    }

    /// Runs `work` in the next transaction and returns after its commit.
    ///
    /// - Parameter isQuick: whether `work` only reads a few rows by their keys.
    func run<Value: Sendable>(
        isQuick: Bool = false, _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withUnsafeContinuation { continuation in
            let refusal = submit(TypedCall(isQuick: isQuick, work: work, continuation: continuation))
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    /// Takes no more calls, and returns after the calls that were taken.
    func close() {
        state.withLockedValue { $0.isClosed = true }
        queue.sync(flags: .barrier) {}
    }

    private func submit(_ call: any Call) -> StoreError? {
        let (refusal, starts) = state.withLockedValue { state -> (StoreError?, Bool) in
            guard !state.isClosed else { return (StoreError(.closed, "the store is closed"), false) }
            guard state.waiting.count < capacity else {
                state.refused += 1
                return (StoreError(.overloaded, "\(capacity) calls wait for the store already"), false)
            }
            state.waiting.append(call)
            let takesCallSoon = call.isQuick && state.quick > 0 && state.waiting.count < Self.backlog
            guard state.running < lanes, !takesCallSoon else { return (nil, false) }
            state.running += 1
            if call.isQuick { state.quick += 1 }
            return (nil, true)
        }
        if starts { queue.async { self.drain(isQuick: call.isQuick) } }
        return refusal
    }

    /// The lanes, as a resource.
    func running(as name: String) -> StoreResource {
        StoreResource(name, limit: lanes) { [state] in ResourceUse(used: state.withLockedValue { $0.running }, refused: 0) }
    }

    /// The waiting calls, as a resource.
    func waiting(as name: String) -> StoreResource {
        StoreResource(name, limit: capacity) { [state] in
            state.withLockedValue { ResourceUse(used: $0.waiting.count, refused: $0.refused) }
        }
    }

    /// - Parameter isQuick: whether the lane counts among those with only quick calls.
    private func drain(isQuick: Bool) {
        var isQuick = isQuick
        while let group = nextGroup(&isQuick) {
            switch kind {
            case .read: read(group)
            case .write: write(group)
            }
        }
    }

    private func nextGroup(_ isQuick: inout Bool) -> [any Call]? {
        state.withLockedValue { state in
            if isQuick { state.quick -= 1 }
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            let group: [any Call]
            if state.waiting.count <= largestGroup {
                group = state.waiting
                state.waiting = []
            } else {
                group = Array(state.waiting.prefix(largestGroup))
                state.waiting.removeFirst(largestGroup)
            }
            isQuick = kind == .read && group.allSatisfy(\.isQuick)
            if isQuick { state.quick += 1 }
            return group
        }
    }

    private func read(_ group: [any Call]) {
        var answered = 0
        do {
            try database.read { database in
                for (index, call) in group.enumerated() {
                    if !call.isQuick { Self.finish(group, from: &answered, to: index) }
                    do { try call.run(database) } catch { call.fail(translate(error)) }
                    if !call.isQuick { Self.finish(group, from: &answered, to: index + 1) }
                }
            }
        } catch {
            // Only the transaction's own statements throw here; a call that ran keeps its result.
            for call in group[answered...] where !call.hasResult { call.fail(translate(error)) }
        }
        Self.finish(group, from: &answered, to: group.count)
    }

    private static func finish(_ group: [any Call], from answered: inout Int, to end: Int) {
        for call in group[answered..<end] { call.finish() }
        answered = end
    }

    private func write(_ group: [any Call]) {
        do {
            try commit(group)
        } catch let error as StoreError where error.code == .fileLost || error.code == .unknownOutcome {
            for call in group { call.fail(error) }
        } catch where group.count > 1 {
            // One call made the transaction fail for all. Each call now has a transaction of its own, so that only
            // the faulty call fails.
            for call in group {
                do { try commit([call]) } catch { call.fail(translate(error)) }
            }
        } catch {
            group[0].fail(translate(error))
        }
        for call in group { call.finish() }
    }

    private func commit(_ group: [any Call]) throws {
        let start = DispatchTime.now().uptimeNanoseconds
        do {
            try verify()
            try database.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    for call in group { try call.run(database) }
                    return .commit
                }
            }
            try verify()
        } catch {
            rolledBack()
            let error = settled(error)
            ended(translate(error))
            throw error
        }
        ended(nil)
        duration?.recordNanoseconds(Int64(DispatchTime.now().uptimeNanoseconds - start))
        groupSize?.record(group.count)
    }
}

extension GroupCommit {
    /// Finds out whether a failed write counts. If the disk did not confirm a write, its pages are in the log and
    /// would count after a crash. A next write that works replaces these pages, and then nothing was changed.
    private func settled(_ error: any Error) -> any Error {
        guard let failure = error as? DatabaseError, failure.extendedResultCode == .SQLITE_IOERR_FSYNC else { return error }
        do {
            try database.writeWithoutTransaction { database in
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                try database.execute(sql: "PRAGMA user_version = \((version + 1) & 0xffff)")
            }
            return error
        } catch {
            return StoreError(.unknownOutcome, "\(translate(failure)); what was to be stored may be there after a crash, or not")
        }
    }
}

/// A call on its way through the store, for every type of result.
private protocol Call: AnyObject, Sendable {
    /// Whether the call only reads a few rows by their keys.
    var isQuick: Bool { get }
    var hasResult: Bool { get }
    func run(_ database: Database) throws
    func fail(_ error: StoreError)
    func finish()
}

/// One thread at a time uses a call: first the task that makes it, then the queue. The handover is under a lock.
private final class TypedCall<Value: Sendable>: Call, @unchecked Sendable {
    let isQuick: Bool
    private let work: @Sendable (Database) throws -> Value
    private let continuation: UnsafeContinuation<Result<Value, StoreError>, Never>
    private var result: Result<Value, StoreError>?

    var hasResult: Bool { result != nil }

    init(
        isQuick: Bool, work: @escaping @Sendable (Database) throws -> Value,
        continuation: UnsafeContinuation<Result<Value, StoreError>, Never>
    ) {
        self.isQuick = isQuick
        self.work = work
        self.continuation = continuation
    }

    func run(_ database: Database) throws {
        result = .success(try work(database))
    }

    func fail(_ error: StoreError) {
        result = .failure(error)
    }

    func finish() {
        continuation.resume(returning: result ?? .failure(StoreError(.failed, "the call was not run")))
    }
}
