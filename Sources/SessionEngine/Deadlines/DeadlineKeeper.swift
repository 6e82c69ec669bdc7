import HeapModule
import Logging
import Metrics
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Keeps the deadlines of sessions, and hands over the deadlines that have passed.
///
/// Only deadlines up to a near horizon are in memory. The horizon moves with time, and the store's index provides the
/// deadlines.
/// So a million sessions that end tomorrow cost nothing today. A deadline in the heap is only a hint: the receiver
/// checks the session first, so a deadline too many does no harm.
final class DeadlineKeeper: Sendable {
    private struct State {
        var heap = Heap<Deadline>()
        /// Deadlines up to here are in the heap.
        var horizon = Timestamp(milliseconds: .min)
        /// The deadlines noted while the heap is being refilled; `nil` if the heap is not being refilled.
        var notedMeanwhile: [Deadline]?
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    /// Whether other servers store deadlines too.
    private let isShared: Bool
    private let configuration: EngineConfiguration
    private let clock: any EngineClock
    private let logger: Logger
    private let lateness = Timer(label: "nac_deadline_lateness_seconds")

    init(store: any SessionStore, configuration: EngineConfiguration, clock: any EngineClock, logger: Logger) {
        self.store = store
        isShared = store.isShared
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// Notes a session's deadline, after the store has stored the session with this deadline.
    func note(_ session: Session) {
        note(CollectionOfOne(session))
    }

    /// Notes the deadlines of sessions, after the store has stored the sessions with these deadlines.
    func note(_ sessions: some Sequence<Session>) {
        guard !isShared else { return }
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

    /// Works until cancelled, for a store that servers share: asks the store at each tick, because the deadlines that
    /// other servers have stored are not in this memory.
    ///
    /// - Parameter changeDue: changes the sessions whose deadline has passed, and returns whether there may be more.
    func runShared(_ changeDue: @escaping @Sendable (Timestamp) async throws(StoreError) -> Bool) async throws {
        while true {
            var isMore = false
            do { isMore = try await changeDue(clock.now) } catch {
                logger.error("Deadlines could not be handled; trying again", metadata: ["error": "\(error)"])
            }
            if !isMore { try await clock.sleep(for: configuration.deadlineTick * 4) }
            try Task.checkCancellation()
        }
    }

    /// Works until cancelled: hands over sessions with a passed deadline, in batches, with the time of the check.
    func run(_ passed: @escaping @Sendable ([SessionID], Timestamp) async -> Void) async throws {
        while true {
            await extendHorizonIfNear()
            let count = try await handOverDue(passed)
            // A batch of many costs the store less than many single sessions, and this delay is far below the second
            // that is allowed.
            try await clock.sleep(for: configuration.deadlineTick * (count < 256 ? 1 : 4))
        }
    }

    /// Hands over some batches at a time, so that the store commits the batches together, and no batch waits for the
    /// network's answer to another.
    ///
    /// - Returns: the number of deadlines that were due.
    private func handOverDue(_ passed: @escaping @Sendable ([SessionID], Timestamp) async -> Void) async throws -> Int {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var (running, count) = (0, 0)
            while case let now = clock.now, case let due = takeDue(at: now, limit: 2000), !due.isEmpty {
                try Task.checkCancellation()
                if running == 4 { try await group.next() } else { running += 1 }
                count += due.count
                group.addTask { [self] in
                    // The ids are in the order of the store: neighbours share a page.
                    await passed(due.map(\.session).sorted(), now)
                    if !Task.isCancelled { recordLateness(of: due) }
                }
            }
            try await group.waitForAll()
            return count
        }
    }

    /// Records the time between each deadline and the moment at which its consequences are stored.
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

    /// Refills the heap if half of the horizon is used up and at most half of the heap's capacity is in use.
    ///
    /// The store's answer replaces the contents of the heap. Otherwise the heap would hold each deadline many times.
    private func extendHorizonIfNear() async {
        let reach = configuration.deadlineHorizon.wholeMilliseconds
        let now = clock.now
        let capacity = configuration.deadlineCapacity
        let isNear = state.withLockedValue { state in
            guard state.horizon < now.adding(milliseconds: reach / 2), state.heap.count <= capacity / 2 else { return false }
            // The store has a deadline before the keeper notes it. So the query finds every deadline that was noted
            // before this point.
            state.notedMeanwhile = []
            return true
        }
        guard isNear else { return }
        let target = now.adding(milliseconds: reach)
        do {
            let deadlines = try await store.deadlines(until: target, limit: capacity)
            // If the store has more deadlines within the reach than the heap may hold, the horizon is the time of the
            // last one.
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
