import DequeModule
import HeapModule
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
            guard state.ready.count < capacity else { return false }
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

    /// Ends the work on ids.
    func finish(_ ids: [SessionID], _ outcome: ReconcileOutcome, at now: Duration) {
        state.withLockedValue { state in
            for id in ids {
                let cameAgain = state.running.removeValue(forKey: id) ?? false
                switch outcome {
                case .done:
                    if !state.attempts.isEmpty { state.attempts[id] = nil }
                    if cameAgain, state.queued.insert(id).inserted { state.ready.append(id) }
                case .again:
                    delay(id, at: now, &state)
                }
            }
        }
    }

    private func delay(_ id: SessionID, at now: Duration, _ state: inout State) {
        let attempt = state.attempts[id, default: 0]
        guard state.delayed.count < capacity else {
            state.attempts[id] = nil
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

/// What became of an attempt to make the network follow.
enum ReconcileOutcome: Hashable, Sendable {
    /// What is wanted and what is there agree, or the network will report.
    case done
    /// It did not work out; try again later.
    case again
}
