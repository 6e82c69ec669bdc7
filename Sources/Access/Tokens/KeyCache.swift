import JWTKit
import Logging
import NIOConcurrencyHelpers
import Southbound

/// Keeps a provider's keys and decides when to fetch them again.
///
/// The cache fetches the keys at the first need, at intervals afterwards, and when a token names an unknown key. At
/// least a few seconds lie between two fetches, for any sequence of tokens. While the provider does not answer, the
/// known keys stay valid for a day. If the provider hangs, a few requests wait for its answer, and the platform
/// answers the others at once.
final class KeyCache: Sendable {
    /// When the cache fetches the keys.
    struct Schedule: Sendable {
        var refreshAfter: Duration = .seconds(300)
        /// The shortest time between two fetches.
        var minimumInterval: Duration = .seconds(6)
        /// How long keys stay valid if the provider does not confirm them.
        var forgetAfter: Duration = .seconds(86_400)
        /// How many requests may wait for the provider's answer at once.
        var mostWaiters = 64
    }

    private struct State {
        var keys: KeySet?
        /// Counts the key sets that differ from the set before.
        var generation = 0
        var confirmedAt: Duration = .zero
        var askedAt: Duration?
        var question: Task<Void, Never>?
        var waiters = 0
        var refused = 0
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

    /// The number of the current key set. A token that was verified under another number must be verified again. The
    /// method also starts a fetch of old keys, and does not wait for the fetch.
    func generation() -> Int {
        let now = clock.uptime
        let (generation, isStale) = state.withLockedValue { state in
            forgetIfTooOld(&state, at: now)
            return (state.generation, state.keys != nil && now - state.confirmedAt >= schedule.refreshAfter)
        }
        if isStale { _ = ask() }
        return generation
    }

    /// The key that a token's header names, and the generation of its set.
    func key(_ id: String?, for algorithm: String) async throws(TokenRejection) -> Found {
        _ = generation()
        let found = known(id, algorithm)
        switch found {
        case .failure(.unknownKey), .failure(.keysUnavailable):
            // The provider may have new keys. A fetch a moment ago would have found them.
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

    /// Counts the caller among the requests that wait for the provider, unless too many wait already.
    private func enter() -> Bool {
        state.withLockedValue { state in
            guard state.waiters < schedule.mostWaiters else {
                state.refused += 1
                return false
            }
            state.waiters += 1
            return true
        }
    }

    /// How many requests wait for the provider now.
    var waiterCount: Int { state.withLockedValue { $0.waiters } }

    /// The places of the waiting requests.
    var places: AccessResource {
        AccessResource(name: "provider_waiters", limit: schedule.mostWaiters) { [state] in
            state.withLockedValue { (used: $0.waiters, refused: $0.refused) }
        }
    }

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

    /// Asks the provider, unless a question is under way or the last one is too recent.
    ///
    /// - Returns: the question under way; `nil` if it is too early for another one.
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
                metadata: ["error": "\(error)", "keys": hasKeys ? "the known keys stay in use" : "none"])
        }
    }
}
