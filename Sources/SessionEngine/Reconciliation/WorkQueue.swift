import DequeModule
import HeapModule
import Metrics
import NIOConcurrencyHelpers
import QualityOnDemand

/// Sessions that want looking at: ids only, each once, one at a time per id.
///
/// What has to be done is not in here: whoever takes an id looks at what is wanted and what is there. So an id that
/// comes in twice is done once, and one that comes in while it is being worked on is done once more.
final class WorkQueue: Sendable {
    private struct Delayed: Comparable {
        let due: Duration
        let id: SessionID
        static func < (a: Delayed, b: Delayed) -> Bool { a.due < b.due }
    }

    private struct State {
        var ready = Deque<SessionID>()
        var queued: Set<SessionID> = []
        /// Those being worked on; `true` where they came in again meanwhile.
        var running: [SessionID: Bool] = [:]
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
            !state.ready.isEmpty || state.delayed.min.map { $0.due <= now } ?? false
        }
    }

    /// Puts an id in line. Over the capacity it is dropped: the next comparison finds it.
    ///
    /// - Returns: whether it is in line or being worked on.
    @discardableResult
    func add(_ id: SessionID) -> Bool {
        state.withLockedValue { state in
            if state.running[id] != nil {
                state.running[id] = true
                return true
            }
            guard !state.queued.contains(id) else { return true }
            guard state.ready.count < capacity else {
                dropped.increment()
                return false
            }
            state.queued.insert(id)
            state.ready.append(id)
            return true
        }
    }

    /// Takes ids for oneself.
    ///
    /// - Returns: them but for those that somebody works on.
    func begin(_ ids: [SessionID]) -> [SessionID] {
        state.withLockedValue { state in
            ids.filter { id in
                let isFree = state.running[id] == nil
                state.running[id] = !isFree
                return isFree
            }
        }
    }

    /// The next ids in line, now being worked on; none where none is ready at that time.
    func take(upTo limit: Int, at now: Duration) -> [SessionID] {
        state.withLockedValue { state in
            while let first = state.delayed.min, first.due <= now {
                state.delayed.removeMin()
                if state.queued.insert(first.id).inserted { state.ready.append(first.id) }
            }
            var taken: [SessionID] = []
            while taken.count < limit, let id = state.ready.popFirst() {
                state.queued.remove(id)
                if state.running[id] != nil {
                    state.running[id] = true
                } else {
                    state.running[id] = false
                    taken.append(id)
                }
            }
            return taken
        }
    }

    /// Ends the work on ids; those of `again` come back later.
    func finish(_ ids: [SessionID], again: Set<SessionID> = [], at now: Duration) {
        state.withLockedValue { state in
            for id in ids {
                let cameAgain = state.running.removeValue(forKey: id) ?? false
                if !again.isEmpty, again.contains(id) {
                    delay(id, at: now, &state)
                } else {
                    if !state.attempts.isEmpty { state.attempts[id] = nil }
                    if cameAgain, state.queued.insert(id).inserted { state.ready.append(id) }
                }
            }
        }
    }

    /// Puts ids in line for later that did not work out outside of the line; those that wait already keep their time.
    func retry(_ ids: some Sequence<SessionID>, at now: Duration) {
        state.withLockedValue { state in
            for id in ids where state.running[id] == nil && state.attempts[id] == nil && !state.queued.contains(id) {
                delay(id, at: now, &state)
            }
        }
    }

    /// Whether an id did not work out and waits to be tried again, or is being tried again.
    func isRetrying(_ id: SessionID) -> Bool {
        state.withLockedValue { $0.attempts[id] != nil }
    }

    private func delay(_ id: SessionID, at now: Duration, _ state: inout State) {
        let attempt = state.attempts[id, default: 0]
        guard state.delayed.count < capacity else {
            state.attempts[id] = nil
            dropped.increment()
            return
        }
        state.attempts[id] = attempt + 1
        state.delayed.insert(Delayed(due: now + Self.delay(attempt: attempt), id: id))
    }

    /// 0.2 s doubled with every attempt up to 30 s, of which a random part is left out.
    static func delay(attempt: Int) -> Duration {
        let longest = min(200 << min(attempt, 10), 30_000)
        return .milliseconds(Int.random(in: longest / 2...longest))
    }
}
