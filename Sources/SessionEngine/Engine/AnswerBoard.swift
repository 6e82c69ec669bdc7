import DequeModule
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Lets creations wait for the network's answer, each for a short while.
///
/// All creations wait equally long, so the first one to come is also the first one to time out. A single task ends
/// the waits that are over. The task exists only while a creation waits.
final class AnswerBoard: Sendable {
    private struct Waiter {
        let continuation: Intake.Continuation
        /// The session that is the answer after a timeout.
        let session: Session
        let ticket: Int
    }

    private struct State {
        var waiters: [SessionID: [Waiter]] = [:]
        /// The sessions that came at the same time, with the tickets from `first` on.
        var queue = Deque<(due: Duration, ids: [SessionID], first: Int)>()
        var nextTicket = 0
        var isSweeping = false
    }

    private let state = NIOLockedValueBox(State())
    private let clock: any EngineClock
    private let limit: Duration

    /// - Parameter limit: the longest wait for an answer.
    init(clock: any EngineClock, limit: Duration) {
        self.clock = clock
        self.limit = limit
    }

    /// Starts `work`, then waits until ``answer(_:)`` reports the session. After the limit, the session is returned
    /// unchanged.
    func wait(for session: Session, startingWith work: () -> Void) async -> Session {
        let answer = await withUnsafeContinuation { continuation in
            add([(session, continuation)])
            work()
        }
        if case .stored(let session) = answer { return session }
        return session
    }

    /// Adds creations that wait from now on.
    func add(_ waiting: [(session: Session, continuation: Intake.Continuation)]) {
        let startsSweep = state.withLockedValue { state in
            let first = state.nextTicket
            for (session, continuation) in waiting {
                let waiter = Waiter(continuation: continuation, session: session, ticket: state.nextTicket)
                state.waiters[session.id, default: []].append(waiter)
                state.nextTicket += 1
            }
            state.queue.append((clock.uptime + limit, waiting.map(\.session.id), first))
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        if startsSweep { Task { await sweep() } }
    }

    /// Resumes the creations that wait for one of the sessions.
    func answer(_ sessions: some Sequence<Session>) {
        var answered: [(Intake.Continuation, Session)] = []
        state.withLockedValue { state in
            for session in sessions {
                for waiter in state.waiters.removeValue(forKey: session.id) ?? [] { answered.append((waiter.continuation, session)) }
            }
        }
        for (continuation, session) in answered { continuation.resume(returning: .stored(session)) }
    }

    private func sweep() async {
        while let due = expireOverdue() {
            // A cancelled sleep only means an early answer.
            try? await clock.sleep(for: due - clock.uptime)
        }
    }

    /// Resumes the creations whose wait has ended.
    ///
    /// - Returns: the time of the next check; `nil` if no creation waits any more.
    private func expireOverdue() -> Duration? {
        let now = clock.uptime
        let (overdue, next) = state.withLockedValue { state in
            var overdue: [Waiter] = []
            while let first = state.queue.first {
                guard first.due <= now || first.ids.allSatisfy({ state.waiters[$0] == nil }) else { break }
                state.queue.removeFirst()
                for (offset, id) in first.ids.enumerated() { Self.take(id, ticket: first.first + offset, from: &state, into: &overdue) }
            }
            state.isSweeping = !state.queue.isEmpty
            return (overdue, state.queue.first?.due)
        }
        for waiter in overdue { waiter.continuation.resume(returning: .stored(waiter.session)) }
        return next
    }

    private static func take(_ id: SessionID, ticket: Int, from state: inout State, into overdue: inout [Waiter]) {
        guard var waiters = state.waiters[id], let index = waiters.firstIndex(where: { $0.ticket == ticket }) else { return }
        overdue.append(waiters.remove(at: index))
        state.waiters[id] = waiters.isEmpty ? nil : waiters
    }
}
