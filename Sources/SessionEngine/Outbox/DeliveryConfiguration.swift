/// How events are delivered, with defaults that suit most.
public struct DeliveryConfiguration: Hashable, Sendable {
    /// How long after a change of status the platform still tries to deliver its event.
    public var retryFor: Duration = .seconds(86_400)
    /// The pause after the first failed attempt; the pause doubles after every further failure.
    public var firstDelay: Duration = .seconds(1)
    /// The longest pause, even if a sink asks for a longer one.
    public var largestDelay: Duration = .seconds(3600)
    /// How many attempts are under way at once.
    public var concurrency = 256
    /// How many attempts are under way at one host.
    public var concurrencyPerHost = 8
    /// How many events of one host are read at a time.
    public var pageSize = 64
    /// How many attempts in a row must fail without an answer before a host is paused.
    public var failuresUntilPause = 3
    /// The longest pause of a host.
    public var largestHostPause: Duration = .seconds(300)
    /// How long one host may let others wait while all places are in use.
    public var slice: Duration = .seconds(1)

    public init() {}

    /// The pause after so many failed attempts, shortened by a random part of up to a half.
    func delay(afterAttempts attempts: Int, largest: Duration? = nil) -> Duration {
        let longest = min(Double(1 << min(max(attempts - 1, 0), 40)) * (firstDelay / .milliseconds(1)), (largest ?? largestDelay) / .milliseconds(1))
        return .milliseconds(Int64(Double.random(in: longest / 2...longest)))
    }
}
