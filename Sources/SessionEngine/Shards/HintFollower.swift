import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Follows the changes that other servers made in the shared store: answers the clients that wait at this server, and
/// adds the work of the sites on which this server works.
final class HintFollower: Sendable {
    private struct State {
        var waiting: Set<SessionID> = []
        var isRunning = false
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let reconciler: Reconciler
    private let capacity: Int
    private let logger: Logger
    private static let page = 500

    /// - Parameter capacity: how many ids wait at most. Beyond it, the sites' lanes find the work when they ask the store.
    init(store: any SessionStore, reconciler: Reconciler, capacity: Int, logger: Logger) {
        self.store = store
        self.reconciler = reconciler
        self.capacity = capacity
        self.logger = logger
    }

    /// Takes sessions that another server has changed. Returns at once.
    func add(_ ids: [SessionID]) {
        let starts = state.withLockedValue { state in
            for id in ids.prefix(max(capacity - state.waiting.count, 0)) { state.waiting.insert(id) }
            guard !state.isRunning, !state.waiting.isEmpty else { return false }
            state.isRunning = true
            return true
        }
        if starts { Task { await drain() } }
    }

    private func drain() async {
        while let ids = next() {
            do { reconciler.changedElsewhere(try await store.sessions(ids)) } catch {
                logger.warning("The changes of other servers could not be read; the next poll finds them", metadata: [
                    "sessions": "\(ids.count)", "error": "\(error)",
                ])
            }
        }
    }

    private func next() -> [SessionID]? {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            let ids = Array(state.waiting.prefix(Self.page))
            state.waiting.subtract(ids)
            return ids
        }
    }
}
