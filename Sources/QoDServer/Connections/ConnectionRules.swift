import NIOCore

/// The time limits of a connection.
struct ConnectionRules: Sendable {
    /// From the opening of a connection until the end of its first head.
    var head: TimeAmount = .seconds(10)
    /// From the end of a head until the end of the body.
    var body: TimeAmount = .seconds(30)
    /// Without a request, or without progress of a write.
    var idle: TimeAmount = .seconds(60)
    /// From the signal to stop until the server closes open connections.
    var drain: TimeAmount = .seconds(10)
    /// After the last answer, so that the client can read the answer and close.
    var linger: TimeAmount = .seconds(2)

    /// The number of body bytes that the handler collects before it passes them on.
    static let largestPiece = 16 << 10
    /// The most bytes that the handler reads of an unwanted body, so that the connection can continue.
    static let largestRest = 64 << 10
    /// The most bytes that the handler reads after the last answer, so that a reset does not destroy the answer.
    static let largestLeftover = 1 << 20

    init(_ configuration: ServerConfiguration) {
        head = .seconds(Int64(configuration.headTimeout))
        body = .seconds(Int64(configuration.bodyTimeout))
        idle = .seconds(Int64(configuration.idleTimeout))
        drain = .seconds(Int64(configuration.drainTimeout))
    }
}
