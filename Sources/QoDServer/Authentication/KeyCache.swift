import JWTKit
import Logging
import NIOConcurrencyHelpers
import SessionEngine

/// Keeps a provider's keys and decides when to ask for them again.
///
/// They are asked for when they are first needed, now and then afterwards, and when a token names a key that is not
/// among them; but never more often than every few seconds, whatever tokens come. While the provider does not
/// answer, what is known goes on, for a day. A provider that hangs keeps a few requests waiting; others are answered at once.
final class KeyCache: Sendable {
    /// When to ask.
    struct Schedule: Sendable {
        var refreshAfter: Duration = .seconds(300)
        /// Between two questions at least.
        var minimumInterval: Duration = .seconds(6)
        /// How long keys are good that cannot be confirmed.
        var forgetAfter: Duration = .seconds(86_400)
        /// How many requests may wait for the provider's answer at once.
        var mostWaiters = 64
    }

    private struct State {
        var keys: KeySet?
        /// Counts the sets that were different from the one before.
        var generation = 0
        var confirmedAt: Duration = .zero
        var askedAt: Duration?
        var question: Task<Void, Never>?
        var waiters = 0
        var isFailing = false
    }

    private let state = NIOLockedValueBox(State())
    private let source: any TokenKeySource
    private let schedule: Schedule
    private let clock: any EngineClock
    private let logger: Logger

    init(_ source: any TokenKeySource, schedule: Schedule = Schedule(), clock: any EngineClock, logger: Logger) {
        self.source = source
        self.schedule = schedule
        self.clock = clock
        self.logger = logger
    }

    /// Which set of keys is in force; what was verified under another must be verified again. Sees to it that old keys
    /// are confirmed, without waiting for it.
    func generation() -> Int {
        let now = clock.uptime
        let (generation, isStale) = state.withLockedValue { state in
            forgetIfTooOld(&state, at: now)
            return (state.generation, state.keys != nil && now - state.confirmedAt >= schedule.refreshAfter)
        }
        if isStale { _ = ask() }
        return generation
    }

    /// The key that a token's header means, and the generation of its set.
    func key(_ id: String?, for algorithm: String) async throws(TokenRejection) -> Found {
        _ = generation()
        let found = known(id, algorithm)
        switch found {
        case .failure(.unknownKey), .failure(.keysUnavailable):
            // The provider may have new keys; if it was asked just now, it has not.
            guard let question = ask() else { return try found.get() }
            guard enter() else { throw .keysUnavailable }
            defer { state.withLockedValue { $0.waiters -= 1 } }
            await question.value
            return try known(id, algorithm).get()
        default:
            return try found.get()
        }
    }

    struct Found: Sendable {
        let key: any JWTAlgorithm
        let generation: Int
    }

    /// Takes a place among those that wait for the provider, where there is one.
    private func enter() -> Bool {
        state.withLockedValue { state in
            guard state.waiters < schedule.mostWaiters else { return false }
            state.waiters += 1
            return true
        }
    }

    /// How many requests wait for the provider now.
    var waiterCount: Int { state.withLockedValue { $0.waiters } }

    private func known(_ id: String?, _ algorithm: String) -> Result<Found, TokenRejection> {
        let (keys, generation) = state.withLockedValue { ($0.keys, $0.generation) }
        return Result { () throws(TokenRejection) in
            guard let keys else { throw .keysUnavailable }
            return Found(key: try keys.key(id, for: algorithm), generation: generation)
        }
    }

    private func forgetIfTooOld(_ state: inout State, at now: Duration) {
        guard state.keys != nil, now - state.confirmedAt >= schedule.forgetAfter else { return }
        state.keys = nil
        state.generation += 1
    }

    // MARK: Asking

    /// Asks the provider, unless it is being asked already or was just now.
    ///
    /// - Returns: the question under way; `nil` where it is too early for another.
    private func ask() -> Task<Void, Never>? {
        let now = clock.uptime
        return state.withLockedValue { state in
            if let question = state.question { return question }
            if let askedAt = state.askedAt, now - askedAt < schedule.minimumInterval { return nil }
            state.askedAt = now
            let question = Task { await fetch() }
            state.question = question
            return question
        }
    }

    private func fetch() async {
        do {
            let keys = try await KeySet(try await source.keySet())
            let now = clock.uptime
            state.withLockedValue { state in
                if keys.source != state.keys?.source { state.generation += 1 }
                state.keys = keys
                state.confirmedAt = now
                state.question = nil
                state.isFailing = false
            }
        } catch {
            let (isNews, hasKeys) = state.withLockedValue { state in
                defer { state.isFailing = true }
                state.question = nil
                return (!state.isFailing, state.keys != nil)
            }
            guard isNews else { return }
            logger.warning(
                "The identity provider's keys could not be fetched; trying again",
                metadata: ["error": "\(error)", "keys": hasKeys ? "those known go on" : "none"])
        }
    }
}
