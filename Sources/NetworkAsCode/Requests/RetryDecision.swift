/// What may happen if a request reaches the server twice.
enum RepeatSafety: Hashable, Sendable {
    /// Nothing: it reads, it deletes, or an idempotency key makes one of two.
    case safe
    /// Something else than if it reaches it once.
    case unsafe
}

/// How an attempt ended, as far as it matters for the next.
enum AttemptOutcome: Hashable, Sendable {
    case answered(status: Int, retryAfter: Duration?)
    case failed(TransportError.Kind)
}

/// To send a request again: why, and after how long.
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
    ///   - remaining: How long from now the next attempt may begin at the latest.
    ///   - random: What the jitter is made of.
    func decision(
        after outcome: AttemptOutcome, safety: RepeatSafety, attempt: Int, remaining: Duration, random: UInt64
    ) -> RetryDecision? {
        guard attempt < maximumAttempts, let reason = reason(for: outcome, safety: safety) else { return nil }
        var wait = backoff(attempt: attempt).fraction(random: random)
        if case .answered(_, let retryAfter?) = outcome {
            // A little on top, so that those who were told the same time do not come back at the same time.
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

    /// The upper bound of the wait after that many attempts.
    private func backoff(attempt: Int) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(attempt, 1) where delay < maximumDelay { delay *= 2 }
        return min(delay, maximumDelay)
    }
}
