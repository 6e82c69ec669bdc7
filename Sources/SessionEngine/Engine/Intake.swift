import DequeModule
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Takes creations to the store and then to the network, in groups of creations that come at the same time.
///
/// A lone creation continues at once: no creation waits for others. While the store stores a group, new creations
/// gather and form the next group. So a creation costs one waiting task in every case, and each group costs one call
/// of the store and one call of the network.
final class Intake: Sendable {
    /// The result of a creation.
    enum Answer: Sendable {
        /// The creation is stored. The session has the state that it reached while its client waited.
        case stored(Session)
        /// The creation is not stored: its outcome is not ``SessionCreation/Outcome/created``.
        case refused(SessionCreation.Outcome)
        case failed(StoreError)
    }

    typealias Continuation = UnsafeContinuation<Answer, Never>

    private struct Entry {
        let creation: SessionCreation
        let continuation: Continuation
        /// Whether the creation waits for the network's answer.
        let waits: Bool
    }

    private struct State {
        var waiting: [Entry] = []
        var isRunning = false
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let reconciler: Reconciler
    private let capacity: Int
    private let largestGroup = 512

    init(store: any SessionStore, reconciler: Reconciler, capacity: Int) {
        self.store = store
        self.reconciler = reconciler
        self.capacity = capacity
    }

    /// Stores a session. If `waits` is set, waits for the network's answer, at most as long as the board allows.
    func create(_ creation: SessionCreation, waits: Bool) async -> Answer {
        await withUnsafeContinuation { continuation in
            let (isFull, starts) = state.withLockedValue { state -> (Bool, Bool) in
                guard state.waiting.count < capacity else { return (true, false) }
                state.waiting.append(Entry(creation: creation, continuation: continuation, waits: waits))
                defer { state.isRunning = true }
                return (false, !state.isRunning)
            }
            if isFull { continuation.resume(returning: .failed(StoreError(.overloaded, "\(capacity) creations wait already"))) }
            if starts { Task { await drain() } }
        }
    }

    private func drain() async {
        while let group = nextGroup() {
            do {
                follow(group[...], try await outcomes(of: group.map(\.creation)))
            } catch {
                await oneByOne(group, error)
            }
        }
    }

    /// Stores creations. If nobody knows whether they are stored, or if another server was in the way, stores them again:
    /// the store finds those that it has.
    private func outcomes(of creations: [SessionCreation]) async throws(StoreError) -> [SessionCreation.Outcome] {
        var attempt = 0
        while true {
            do { return try await store.create(creations) } catch {
                guard error.code == .unknownOutcome || error.code == .contended, attempt < 3 else { throw error }
                try? await reconciler.clock.sleep(for: .milliseconds(20 << attempt))
                attempt += 1
            }
        }
    }

    /// Stores the creations one by one, so that only the faulty creation fails and not the whole group. If the store
    /// takes nothing at all, the whole group fails at once: as many retries would delay the creations behind the
    /// group.
    private func oneByOne(_ group: [Entry], _ error: StoreError) async {
        guard group.count > 1, error.code == .failed || error.code == .corrupt else {
            for entry in group { entry.continuation.resume(returning: .failed(error)) }
            return
        }
        for index in group.indices {
            do {
                follow(group[index...index], try await outcomes(of: [group[index].creation]))
            } catch {
                group[index].continuation.resume(returning: .failed(error))
            }
        }
    }

    private func follow(_ group: ArraySlice<Entry>, _ outcomes: [SessionCreation.Outcome]) {
        var created: [Session] = []
        var waiting: [(session: Session, continuation: Continuation)] = []
        for (entry, outcome) in zip(group, outcomes) {
            guard case .created(let rank) = outcome else {
                entry.continuation.resume(returning: .refused(outcome))
                continue
            }
            let session = entry.creation.session.ranked(rank)
            created.append(session)
            if entry.waits {
                waiting.append((session, entry.continuation))
            } else {
                entry.continuation.resume(returning: .stored(session))
            }
        }
        guard !created.isEmpty else { return }
        if !waiting.isEmpty { reconciler.add(waiting) }
        reconciler.begin(created)
    }

    private func nextGroup() -> [Entry]? {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            guard state.waiting.count > largestGroup else {
                defer { state.waiting = [] }
                return state.waiting
            }
            defer { state.waiting.removeFirst(largestGroup) }
            return Array(state.waiting.prefix(largestGroup))
        }
    }
}
