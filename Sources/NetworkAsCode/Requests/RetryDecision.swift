/// The consequence if a request reaches the server twice.
enum RepeatSafety: Hashable, Sendable {
    /// No harm: the request reads or deletes, or an idempotency key makes one request of two.
    case safe
    /// A different effect than if the request reaches the server once.
    case unsafe
}

/// How an attempt ended, as far as this matters for the next attempt.
enum AttemptOutcome: Hashable, Sendable {
    case answered(status: Int, retryAfter: Duration?)
    case failed(TransportError.Kind)
}

/// The decision to send a request again: the reason and the wait.
struct RetryDecision: Hashable, Sendable {
    enum Reason: String, Hashable, Sendable {
        case notConnected = "no connection"
        case connectionLost = "connection lost"
        case timedOut = "timed out"
        case rateLimited = "rate limited"
        case unavailable = "server unavailable"
        case serverError = "server error"
    }

    let reason: Reason
    let wait: Duration

    /// Whether the attempt that failed may have done its work at the server.
    var mayHaveActed: Bool {
        switch reason {
        case .notConnected, .rateLimited: false
        case .connectionLost, .timedOut, .unavailable, .serverError: true
        }
    }
}

extension RetryPolicy {
    /// Whether to send a request again after `attempt` attempts; a pure function.
    ///
    /// - Parameters:
    ///   - remaining: The time from now until the latest start of the next attempt.
    ///   - random: The random bits of the jitter.
    func decision(
        after outcome: AttemptOutcome, safety: RepeatSafety, attempt: Int, remaining: Duration, random: UInt64
    ) -> RetryDecision? {
        guard attempt < maximumAttempts, let reason = reason(for: outcome, safety: safety) else { return nil }
        var wait = backoff(attempt: attempt).fraction(random: random)
        if case .answered(_, let retryAfter?) = outcome {
            // A short random time more, so that clients with the same `Retry-After` do not come back at the same time.
            wait = retryAfter + firstDelay.fraction(random: random)
        }
        return wait <= remaining ? RetryDecision(reason: reason, wait: wait) : nil
    }

    private func reason(for outcome: AttemptOutcome, safety: RepeatSafety) -> RetryDecision.Reason? {
        switch outcome {
        case .failed(.notConnected): .notConnected
        case .failed(.connectionLost): safety == .safe ? .connectionLost : nil
        case .failed(.timedOut): safety == .safe ? .timedOut : nil
        case .answered(429, let retryAfter): safety == .safe || retryAfter != nil ? .rateLimited : nil
        case .answered(503, let retryAfter): safety == .safe || retryAfter != nil ? .unavailable : nil
        case .answered(500, _), .answered(502, _), .answered(504, _): safety == .safe ? .serverError : nil
        default: nil
        }
    }

    /// The upper bound of the wait after `attempt` attempts.
    private func backoff(attempt: Int) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(attempt, 1) where delay < maximumDelay { delay *= 2 }
        return min(delay, maximumDelay)
    }
}
