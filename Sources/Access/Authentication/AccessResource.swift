/// A bounded resource of authentication, such as the places of requests that wait for the identity provider.
public struct AccessResource: Sendable {
    /// The name in metrics, such as `provider_waiters`.
    public let name: String
    /// The bound.
    public let limit: Int
    /// Reads the units in use, and the number of refusals since the start.
    public let reading: @Sendable () -> (used: Int, refused: Int)
}
