import DequeModule
import HeapModule
import Metrics
import NIOConcurrencyHelpers
import QualityOnDemand

/// Sessions that wait to be reconciled: only ids, each id once, one worker at a time per id. Clients take turns.
///
/// The queue does not hold the work itself: the worker of an id compares the wanted state with the network's state.
/// So an id that comes in twice is worked on once, and an id that comes in during its work is worked on once more.
///
/// Each client's ids stand in a line of their own, and a few ids are taken from each line in turn. However long one
/// client's line is, another client's first id waits at most one turn of each line. Work that belongs to no client
/// has a line too.
final class WorkQueue: Sendable {
    /// An id, and the client whose line it stands in.
    struct Work: Hashable {
        let id: SessionID
        let owner: ClientID?
    }

    private struct Delayed: Comparable {
        let due: Duration
        let work: Work
        static func < (a: Delayed, b: Delayed) -> Bool { a.due < b.due }
    }

    /// The state of an id that is being worked on.
    private struct Running {
        let owner: ClientID?
        /// Whether the id came in again during the work.
        var cameAgain: Bool
    }

    private struct State {
        var ready = Lines()
        var queued: Set<SessionID> = []
        var running: [SessionID: Running] = [:]
        var delayed = Heap<Delayed>()
        var attempts: [SessionID: Int] = [:]
    }

    private let state = NIOLockedValueBox(State())
    private let capacity: Int
    private let dropped = Counter(label: "nac_work_queue_dropped_total")

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many ids wait; delayed ids are included.
    var count: Int { state.withLockedValue { $0.ready.count + $0.delayed.count } }

    /// Removes all ids that wait: another server does the work.
    func removeAll() {
        state.withLockedValue { state in
            state.ready.removeAll()
            state.queued = []
            state.delayed = Heap()
            state.attempts = [:]
        }
    }

    /// Whether an id is ready at that time.
    func hasReady(at now: Duration) -> Bool {
        state.withLockedValue { state in
            state.ready.count > 0 || state.delayed.min.map { $0.due <= now } ?? false
        }
    }

    /// Adds an id to its line. Above the capacity, the longest line loses its last id; the next comparison finds that
    /// id.
    ///
    /// - Returns: whether the id is in line or being worked on.
    @discardableResult
    func add(_ id: SessionID, of owner: ClientID? = nil) -> Bool {
        state.withLockedValue { state in
            if state.running[id] != nil {
                state.running[id]?.cameAgain = true
                return true
            }
            guard !state.queued.contains(id) else { return true }
            if state.ready.count >= capacity {
                dropped.increment()
                guard let other = state.ready.makeRoom(for: owner) else { return false }
                state.queued.remove(other)
            }
            state.queued.insert(id)
            state.ready.append(id, of: owner)
            return true
        }
    }

    /// Takes ids for the caller's own work, past the lines.
    ///
    /// - Returns: the ids that no worker works on.
    func begin(_ work: some Sequence<Work>) -> [SessionID] {
        state.withLockedValue { state in
            work.compactMap { work in
                guard state.running[work.id] == nil else {
                    state.running[work.id]?.cameAgain = true
                    return nil
                }
                state.running[work.id] = Running(owner: work.owner, cameAgain: false)
                return work.id
            }
        }
    }

    /// The next ids in line, now being worked on; empty if no id is ready at that time.
    func take(upTo limit: Int, at now: Duration) -> [SessionID] {
        state.withLockedValue { state in
            while let first = state.delayed.min, first.due <= now {
                state.delayed.removeMin()
                let work = first.work
                if state.queued.insert(work.id).inserted { state.ready.append(work.id, of: work.owner) }
            }
            var taken: [SessionID] = []
            while taken.count < limit, case let next = state.ready.turn(upTo: limit - taken.count), !next.isEmpty {
                for work in next {
                    state.queued.remove(work.id)
                    if state.running[work.id] != nil {
                        state.running[work.id]?.cameAgain = true
                    } else {
                        state.running[work.id] = Running(owner: work.owner, cameAgain: false)
                        taken.append(work.id)
                    }
                }
            }
            return taken
        }
    }

    /// Ends the work on ids; the ids in `again` come back later.
    func finish(_ ids: [SessionID], again: Set<SessionID> = [], at now: Duration) {
        state.withLockedValue { state in
            for id in ids {
                let running = state.running.removeValue(forKey: id)
                if !again.isEmpty, again.contains(id) {
                    delay(Work(id: id, owner: running?.owner), at: now, &state)
                } else {
                    if !state.attempts.isEmpty { state.attempts[id] = nil }
                    guard let running, running.cameAgain, state.queued.insert(id).inserted else { continue }
                    state.ready.append(id, of: running.owner)
                }
            }
        }
    }

    /// Adds ids that failed outside the queue, for a later retry; ids that wait already keep their time.
    func retry(_ work: some Sequence<Work>, at now: Duration) {
        state.withLockedValue { state in
            for work in work where state.running[work.id] == nil && state.attempts[work.id] == nil && !state.queued.contains(work.id) {
                delay(work, at: now, &state)
            }
        }
    }

    /// Whether an id failed and waits for a retry, or is being retried.
    func isRetrying(_ id: SessionID) -> Bool {
        state.withLockedValue { $0.attempts[id] != nil }
    }

    private func delay(_ work: Work, at now: Duration, _ state: inout State) {
        let attempt = state.attempts[work.id, default: 0]
        // After so many attempts the regular comparison takes over.
        guard attempt < Self.mostAttempts else {
            state.attempts[work.id] = nil
            return
        }
        guard state.delayed.count < capacity else {
            state.attempts[work.id] = nil
            dropped.increment()
            return
        }
        state.attempts[work.id] = attempt + 1
        state.delayed.insert(Delayed(due: now + Self.delay(attempt: attempt), work: work))
    }

    /// How often the queue retries an id: for about ten minutes.
    private static let mostAttempts = 28

    /// 0.2 s, doubled with every attempt up to 30 s, shortened by a random part.
    static func delay(attempt: Int) -> Duration {
        let longest = min(200 << min(attempt, 10), 30_000)
        return .milliseconds(Int.random(in: longest / 2...longest))
    }
}

extension WorkQueue.Work {
    init(_ session: Session) {
        self.init(id: session.id, owner: session.owner)
    }
}
