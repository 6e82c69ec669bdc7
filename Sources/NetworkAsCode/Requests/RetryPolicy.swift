/// When and how often the SDK retries a failed request.
///
/// The SDK retries a request only if that is safe:
/// - Reads, deletions and creations are retried after a broken connection, a timeout or a failure of the server.
///   Creations carry an idempotency key, so that the server makes one session of all attempts.
/// - Any request is retried if the server did not receive it (no connection), or refused it for now (429 and
///   503 with `Retry-After`).
///
/// In all other cases, an extension is never sent twice, because two extensions would extend the session twice.
///
/// The waits are random and grow exponentially ("full jitter"), so that many clients do not
/// come back at the same time.
public struct RetryPolicy: Hashable, Sendable {
    /// The most attempts of a request, including the first.
    public var maximumAttempts: Int
    /// The upper bound of the first wait. The bound doubles with each wait.
    public var firstDelay: Duration
    /// The upper bound of any wait that the server did not ask for.
    public var maximumDelay: Duration
    /// The latest start of an attempt, counted from the first attempt. If the server asks for a longer wait with
    /// `Retry-After`, the call ends with ``NetworkAsCodeError/Kind-swift.struct/rateLimited`` or
    /// ``NetworkAsCodeError/Kind-swift.struct/server``.
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

    /// A policy that sends every request once.
    public static let none = RetryPolicy(maximumAttempts: 1)
}
