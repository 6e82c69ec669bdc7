import DequeModule
import HeapModule
import Metrics
import NIOConcurrencyHelpers
import QualityOnDemand

/// Sessions that want looking at: ids only, each once, one at a time per id; clients take turns.
///
/// What has to be done is not in here: whoever takes an id looks at what is wanted and what is there. So an id that
/// comes in twice is done once, and one that comes in while it is being worked on is done once more.
///
/// Each client's ids stand in a line of their own, and a few are taken from each line in turn: however many one client
/// has in line, another's first id waits for no more than a turn of each. Work that is nobody's in particular has a line too.
final class WorkQueue: Sendable {
    /// An id, and in whose line it stands.
    struct Work: Hashable {
        let id: SessionID
        let owner: ClientID?
    }

    private struct Delayed: Comparable {
        let due: Duration
        let work: Work
        static func < (a: Delayed, b: Delayed) -> Bool { a.due < b.due }
    }

    /// What is known of an id that is being worked on.
    private struct Running {
        let owner: ClientID?
        /// Whether it came in again meanwhile.
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

    /// How many ids wait, delayed ones included.
    var count: Int { state.withLockedValue { $0.ready.count + $0.delayed.count } }

    /// Whether some id is ready at that time.
    func hasReady(at now: Duration) -> Bool {
        state.withLockedValue { state in
            state.ready.count > 0 || state.delayed.min.map { $0.due <= now } ?? false
        }
    }

    /// Puts an id in line. Over the capacity the longest line loses its last one: the next comparison finds it.
    ///
    /// - Returns: whether it is in line or being worked on.
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

    /// Takes ids for oneself.
    ///
    /// - Returns: them but for those that somebody works on.
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

    /// The next ids in line, now being worked on; none where none is ready at that time.
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

    /// Ends the work on ids; those of `again` come back later.
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

    /// Puts ids in line for later that did not work out outside of the line; those that wait already keep their time.
    func retry(_ work: some Sequence<Work>, at now: Duration) {
        state.withLockedValue { state in
            for work in work where state.running[work.id] == nil && state.attempts[work.id] == nil && !state.queued.contains(work.id) {
                delay(work, at: now, &state)
            }
        }
    }

    /// Whether an id did not work out and waits to be tried again, or is being tried again.
    func isRetrying(_ id: SessionID) -> Bool {
        state.withLockedValue { $0.attempts[id] != nil }
    }

    private func delay(_ work: Work, at now: Duration, _ state: inout State) {
        let attempt = state.attempts[work.id, default: 0]
        guard state.delayed.count < capacity else {
            state.attempts[work.id] = nil
            dropped.increment()
            return
        }
        state.attempts[work.id] = attempt + 1
        state.delayed.insert(Delayed(due: now + Self.delay(attempt: attempt), work: work))
    }

    /// 0.2 s doubled with every attempt up to 30 s, of which a random part is left out.
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
