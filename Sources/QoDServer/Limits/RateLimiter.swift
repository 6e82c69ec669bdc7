import CAMARA
import HTTPTypes
import NIOConcurrencyHelpers
import QualityOnDemand
import SessionEngine
import Southbound

/// A token bucket for each client, stored as one number: the time at which the client's bucket is full again.
///
/// The limiter needs no entry for a client with a full bucket, so only active clients use memory.
final class RateLimiter: Sendable {
    private struct State {
        /// The time at which each client's bucket is full, in nanoseconds of uptime.
        var fullAt: [ClientID: Int64] = [:]
        /// The number of clients at which the limiter removes all clients with a full bucket.
        var sweepAt = 1024
    }

    private let state = NIOLockedValueBox(State())
    /// The time in which a client regains one request.
    private let interval: Int64
    private let burst: Int64
    private let mostClients: Int
    private let clock: any EngineClock

    init(_ limit: RateLimit, mostClients: Int = 100_000, clock: any EngineClock = SystemClock()) {
        interval = max(Int64(1_000_000_000 / min(max(limit.requestsPerSecond, 0.000_01), 1_000_000_000)), 1)
        burst = Int64(min(max(limit.burst, 1), 1_000_000))
        self.mostClients = mostClients
        self.clock = clock
    }

    /// The number of clients in memory.
    var count: Int { state.withLockedValue { $0.fullAt.count } }

    /// Admits a client's request.
    ///
    /// - Throws: ``APIError`` 429 with the time until the next possible request.
    func admit(_ client: ClientID) throws(APIError) {
        let now = clock.uptime.wholeNanoseconds
        let wait = state.withLockedValue { state -> Int64 in
            let fullAt = max(state.fullAt[client] ?? now, now)
            let wait = fullAt - (burst - 1) * interval - now
            guard wait <= 0 else { return wait }
            if state.fullAt[client] == nil, state.fullAt.count >= state.sweepAt { sweep(&state, at: now) }
            guard state.fullAt[client] != nil || state.fullAt.count < mostClients else { return interval }
            state.fullAt[client] = fullAt + interval
            return 0
        }
        guard wait > 0 else { return }
        throw APIError(
            .tooManyRequests, .tooManyRequests, "Rate limit reached: this client sends more requests than its limit allows.",
            retryAfter: Int((wait + 999_999_999) / 1_000_000_000))
    }

    private func sweep(_ state: inout State, at now: Int64) {
        state.fullAt = state.fullAt.filter { $0.value > now }
        state.sweepAt = min(max(state.fullAt.count * 2, 1024), mostClients)
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
