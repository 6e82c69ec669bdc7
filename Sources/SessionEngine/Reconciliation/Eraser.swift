import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Removes sessions from the store after the network has released them and no client can read them any more.
///
/// No caller waits for the removal: after a crash, a session that is still stored is released once more and then
/// removed. So if very many sessions end, the eraser gathers them for a moment and removes them in the order of their
/// ids, neighbours together. Sessions that end together lie far apart in the store, and each single removal would
/// cost a page.
final class Eraser: Sendable {
    /// A released session, and the lease under which it was released.
    private struct Entry {
        let id: SessionID
        let fence: Fence?
    }

    private struct State {
        /// The released sessions that are neither sorted nor in a slice.
        var gathered: [Entry] = []
        /// The sessions in the order of their ids, last ones first.
        var sorted: [Entry] = []
        var worker: Task<Void, Never>?
        var isClosing = false
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let clock: any EngineClock
    private let logger: Logger
    private let capacity: Int

    /// The smallest number of sessions for which the eraser waits for more.
    private static let few = 256
    private static let many = 20_000
    private static let longestWait = Duration.milliseconds(1500)
    /// How many sessions are removed in one transaction. Other transactions wait behind it, so it must be short.
    private static let slice = 1000

    init(store: any SessionStore, capacity: Int, clock: any EngineClock, logger: Logger) {
        self.store = store
        self.capacity = capacity
        self.clock = clock
        self.logger = logger
    }

    /// Takes sessions that the network has released.
    ///
    /// - Returns: `false` if too many sessions wait already; the caller then removes the sessions itself.
    func add(_ ids: [SessionID], under fence: Fence?) -> Bool {
        state.withLockedValue { state in
            guard state.gathered.count + state.sorted.count + ids.count <= capacity, !state.isClosing else { return false }
            state.gathered += ids.lazy.map { Entry(id: $0, fence: fence) }
            if state.worker == nil { state.worker = Task { await work() } }
            return true
        }
    }

    /// Removes the waiting sessions without waiting for more. Returns after the removal, or when the store fails.
    func finish() async {
        let worker = state.withLockedValue { state in
            state.isClosing = true
            return state.worker
        }
        worker?.cancel()
        await worker?.value
    }

    private func work() async {
        while true {
            await gather()
            guard let slice = nextSlice() else { return }
            await remove(slice)
        }
    }

    /// Waits for more sessions, if there are many already and the longest wait has not passed.
    private func gather() async {
        let end = clock.uptime + Self.longestWait
        while !Task.isCancelled, clock.uptime < end {
            let isWorthWaiting = state.withLockedValue { $0.sorted.isEmpty && (Self.few..<Self.many).contains($0.gathered.count) }
            guard isWorthWaiting else { return }
            try? await clock.sleep(for: .milliseconds(100))
        }
    }

    private func nextSlice() -> [Entry]? {
        state.withLockedValue { state in
            if state.sorted.isEmpty {
                state.sorted = state.gathered.sorted { $0.id > $1.id }
                state.gathered = []
            }
            guard !state.sorted.isEmpty else {
                state.worker = nil
                return nil
            }
            defer { state.sorted.removeLast(min(Self.slice, state.sorted.count)) }
            return state.sorted.suffix(Self.slice).reversed()
        }
    }

    private func remove(_ entries: [Entry]) async {
        for (fence, entries) in Dictionary(grouping: entries, by: \.fence) { await remove(entries.map(\.id), under: fence) }
    }

    private func remove(_ ids: [SessionID], under fence: Fence?) async {
        var attempt = 0
        while true {
            do {
                _ = try await store.change(ids, under: fence) { $0.networkReleased() }
                return
            } catch where error.code == .fenced {
                // The server with the lease releases and removes the sessions.
                return
            } catch {
                logger.warning("Ended sessions could not be removed; trying again", metadata: ["sessions": "\(ids.count)", "error": "\(error)"])
                // The next start finds the sessions.
                guard !Task.isCancelled else { return }
                try? await clock.sleep(for: WorkQueue.delay(attempt: attempt))
                attempt += 1
            }
        }
    }
}
