/// How often a client may call.
public struct RateLimit: Hashable, Sendable {
    /// In the long run; also less than one.
    public var requestsPerSecond: Double
    /// How many may come at once.
    public var burst: Int

    /// - Parameter burst: where none is given, as many as one second has, one at least.
    public init(requestsPerSecond: Double, burst: Int? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.burst = max(burst ?? Int(requestsPerSecond.rounded(.up)), 1)
    }
}
