import Dispatch
import GRDB
import Metrics
import NIOConcurrencyHelpers
import SessionEngine

/// Runs calls from many tasks over one database connection, as many per transaction as happen to wait.
///
/// A lone call is run at once: nothing waits for company. While a transaction is being committed others queue up, and
/// all of them make the next one. So the cost of reaching the disk is shared under load and not felt without.
///
/// Calls run on a queue of their own, never on the threads that run tasks, which must not block.
final class GroupCommit: Sendable {
    /// How a group is run: in one write transaction, or over one snapshot.
    enum Kind: Sendable {
        case write
        case read
    }

    private struct State {
        var waiting: [any Call] = []
        var isRunning = false
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())
    private let queue: DispatchQueue
    private let database: any DatabaseWriter
    private let kind: Kind
    private let capacity: Int
    private let largestGroup = 1024
    private let rolledBack: @Sendable () -> Void
    private let translate: @Sendable (any Error) -> StoreError
    /// Of write transactions only.
    private let duration: Metrics.Timer?
    private let groupSize: Recorder?

    /// - Parameter rolledBack: called when what calls did is undone, before any of them is run again.
    init(
        _ database: any DatabaseWriter, kind: Kind, capacity: Int, rolledBack: @escaping @Sendable () -> Void = {},
        translate: @escaping @Sendable (any Error) -> StoreError
    ) {
        self.rolledBack = rolledBack
        self.database = database
        self.kind = kind
        self.capacity = capacity
        self.translate = translate
        duration = kind == .write ? Metrics.Timer(label: "nac_store_commit_duration_seconds") : nil
        groupSize = kind == .write ? Recorder(label: "nac_store_batch_size") : nil
        self.queue = DispatchQueue(label: "nac.sqlite.\(kind)")
    }

    /// Runs `work` in the next transaction and returns after its commit.
    func run<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withUnsafeContinuation { continuation in
            let refusal = submit(TypedCall(work: work, continuation: continuation))
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    /// Takes no more calls, and returns when those taken are done.
    func close() {
        state.withLockedValue { $0.isClosed = true }
        queue.sync {}
    }

    private func submit(_ call: any Call) -> StoreError? {
        let (refusal, starts) = state.withLockedValue { state -> (StoreError?, Bool) in
            guard !state.isClosed else { return (StoreError(.closed, "the store is closed"), false) }
            guard state.waiting.count < capacity else {
                return (StoreError(.overloaded, "\(capacity) calls wait for the store already"), false)
            }
            state.waiting.append(call)
            defer { state.isRunning = true }
            return (nil, !state.isRunning)
        }
        if starts { queue.async { self.drain() } }
        return refusal
    }

    private func drain() {
        while let group = nextGroup() {
            switch kind {
            case .read: read(group)
            case .write: write(group)
            }
        }
    }

    private func nextGroup() -> [any Call]? {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            if state.waiting.count <= largestGroup {
                defer { state.waiting = [] }
                return state.waiting
            }
            defer { state.waiting.removeFirst(largestGroup) }
            return Array(state.waiting.prefix(largestGroup))
        }
    }

    private func read(_ group: [any Call]) {
        do {
            try database.read { database in
                for call in group {
                    do { try call.run(database) } catch { call.fail(translate(error)) }
                }
            }
        } catch {
            for call in group { call.fail(translate(error)) }
        }
        for call in group { call.finish() }
    }

    private func write(_ group: [any Call]) {
        do {
            try commit(group)
        } catch where group.count > 1 {
            // One of them spoilt it for all: each for itself, then, so that only that one fails.
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
            try database.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    for call in group { try call.run(database) }
                    return .commit
                }
            }
        } catch {
            rolledBack()
            throw error
        }
        duration?.recordNanoseconds(Int64(DispatchTime.now().uptimeNanoseconds - start))
        groupSize?.record(group.count)
    }
}

/// A call on its way through the store, whatever it returns.
private protocol Call: AnyObject, Sendable {
    func run(_ database: Database) throws
    func fail(_ error: StoreError)
    func finish()
}

/// Touched by one thread at a time: by the task that makes it, then, handed over under a lock, by the queue.
private final class TypedCall<Value: Sendable>: Call, @unchecked Sendable {
    private let work: @Sendable (Database) throws -> Value
    private let continuation: UnsafeContinuation<Result<Value, StoreError>, Never>
    private var result: Result<Value, StoreError>?

    init(
        work: @escaping @Sendable (Database) throws -> Value, continuation: UnsafeContinuation<Result<Value, StoreError>, Never>
    ) {
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
