/// When and how often a request that failed is sent again.
///
/// Only what is safe is sent again: reads, deletions and creations (which carry an idempotency key, so that the server
/// makes one session of all attempts) after a broken connection, a timeout or a failure of the server; any request where
/// the server did not see it (no connection) or refused it for now (429 and 503 with `Retry-After`). An extension is
/// never sent twice otherwise, because two would extend twice.
///
/// The waits grow exponentially and are random ("full jitter"), so that many clients do not come back together.
public struct RetryPolicy: Hashable, Sendable {
    /// How often a request is sent at most, the first time included.
    public var maximumAttempts: Int
    /// The upper bound of the first wait; it doubles with each.
    public var firstDelay: Duration
    /// The upper bound of any wait that the server did not ask for.
    public var maximumDelay: Duration
    /// No attempt begins later than this after the first. A longer `Retry-After` ends the call with
    /// ``NetworkAsCodeError/Kind-swift.struct/rateLimited`` or ``NetworkAsCodeError/Kind-swift.struct/server``.
    public var maximumTotalTime: Duration

    /// Creates a policy.
    public init(
        maximumAttempts: Int = 4, firstDelay: Duration = .milliseconds(200), maximumDelay: Duration = .seconds(5),
        maximumTotalTime: Duration = .seconds(60)
    ) {
        self.maximumAttempts = maximumAttempts
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
        self.maximumTotalTime = maximumTotalTime
    }

    /// Every request is sent once.
    public static let none = RetryPolicy(maximumAttempts: 1)
}
