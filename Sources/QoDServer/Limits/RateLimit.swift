/// The permitted rate of a client's requests.
public struct RateLimit: Hashable, Sendable {
    /// The average rate; it may be less than one.
    public var requestsPerSecond: Double
    /// The most requests at once.
    public var burst: Int

    /// - Parameter burst: with `nil`, the requests of one second, and at least one.
    public init(requestsPerSecond: Double, burst: Int? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.burst = max(burst ?? Int(requestsPerSecond.rounded(.up)), 1)
    }
}
