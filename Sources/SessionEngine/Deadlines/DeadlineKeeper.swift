import HeapModule
import Logging
import Metrics
import NIOConcurrencyHelpers
import QualityOnDemand

/// Knows which sessions to look at next.
///
/// Only deadlines up to a near horizon are in memory; the horizon moves on as time does, filled from the store's
/// index. So a million sessions that end tomorrow cost nothing today. A deadline in the heap is a hint: whoever acts
/// on it looks at the session first, so one too many does no harm.
final class DeadlineKeeper: Sendable {
    private struct State {
        var heap = Heap<Deadline>()
        /// Deadlines up to here are in the heap.
        var horizon = Timestamp(milliseconds: .min)
        /// What was noted while the heap is being filled anew; `nil` while it is not.
        var notedMeanwhile: [Deadline]?
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let configuration: EngineConfiguration
    private let clock: any EngineClock
    private let logger: Logger
    private let lateness = Timer(label: "nac_deadline_lateness_seconds")

    init(store: any SessionStore, configuration: EngineConfiguration, clock: any EngineClock, logger: Logger) {
        self.store = store
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// Takes note of a session's deadline, after the session was stored with it.
    func note(_ session: Session) {
        note(CollectionOfOne(session))
    }

    /// Takes note of sessions' deadlines, after the sessions were stored with them.
    func note(_ sessions: some Sequence<Session>) {
        state.withLockedValue { state in
            for session in sessions {
                guard let time = session.deadline else { continue }
                let deadline = Deadline(time: time, session: session.id)
                if state.notedMeanwhile != nil {
                    state.notedMeanwhile?.append(deadline)
                } else if time <= state.horizon {
                    state.heap.insert(deadline)
                }
            }
        }
    }

    /// Works until cancelled: hands over sessions whose deadline has passed, in batches, with the time at which it had.
    func run(_ passed: @escaping @Sendable ([SessionID], Timestamp) async -> Void) async throws {
        while true {
            await extendHorizonIfNear()
            let count = try await handOverDue(passed)
            // Many at a time cost the store less than as many one after the other, and this is far below the second that they have.
            try await clock.sleep(for: configuration.deadlineTick * (count < 256 ? 1 : 4))
        }
    }

    /// Some batches at a time, so that the store commits them together and none waits for the network's answer to another.
    ///
    /// - Returns: how many they were.
    private func handOverDue(_ passed: @escaping @Sendable ([SessionID], Timestamp) async -> Void) async throws -> Int {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var (running, count) = (0, 0)
            while case let now = clock.now, case let due = takeDue(at: now, limit: 2000), !due.isEmpty {
                try Task.checkCancellation()
                if running == 4 { try await group.next() } else { running += 1 }
                count += due.count
                group.addTask { [self] in
                    // In the order in which the store has them: neighbours share a page.
                    await passed(due.map(\.session).sorted(), now)
                    if !Task.isCancelled { recordLateness(of: due) }
                }
            }
            try await group.waitForAll()
            return count
        }
    }

    /// How long after their time deadlines were dealt with, what follows from them being stored.
    private func recordLateness(of due: [Deadline]) {
        let now = clock.now
        for deadline in due { lateness.recordMilliseconds(max(now.milliseconds - deadline.time.milliseconds, 0)) }
    }

    private func takeDue(at now: Timestamp, limit: Int) -> [Deadline] {
        state.withLockedValue { state in
            var due: [Deadline] = []
            while due.count < limit, let first = state.heap.min, first.time <= now {
                state.heap.removeMin()
                due.append(first)
            }
            return due
        }
    }

    /// Fills the heap anew when half of the horizon is used up, and half of what the heap may hold.
    ///
    /// What the store tells takes the place of what was in the heap, or each deadline would be in there many times over.
    private func extendHorizonIfNear() async {
        let reach = configuration.deadlineHorizon.wholeMilliseconds
        let now = clock.now
        let capacity = configuration.deadlineCapacity
        let isNear = state.withLockedValue { state in
            guard state.horizon < now.adding(milliseconds: reach / 2), state.heap.count <= capacity / 2 else { return false }
            // A deadline is noted after it was stored: what is not noted from here on, the query finds.
            state.notedMeanwhile = []
            return true
        }
        guard isNear else { return }
        let target = now.adding(milliseconds: reach)
        do {
            let deadlines = try await store.deadlines(until: target, limit: capacity)
            // Where more wait within the reach than are kept, the horizon is where those end.
            let horizon = deadlines.count == capacity ? deadlines.last?.time ?? target : target
            state.withLockedValue { state in
                state.heap = Heap(deadlines)
                state.horizon = horizon
                Self.insertNoted(into: &state)
            }
        } catch {
            state.withLockedValue { Self.insertNoted(into: &$0) }
            logger.error("Deadlines could not be read; trying again", metadata: ["error": "\(error)"])
        }
    }

    private static func insertNoted(into state: inout State) {
        for deadline in state.notedMeanwhile ?? [] where deadline.time <= state.horizon { state.heap.insert(deadline) }
        state.notedMeanwhile = nil
    }
}
