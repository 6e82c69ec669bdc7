import NIOCore

/// How long a connection may take for what.
struct ConnectionRules: Sendable {
    /// From the opening of a connection until its first whole head.
    var head: TimeAmount = .seconds(10)
    /// From a whole head until the whole body.
    var body: TimeAmount = .seconds(30)
    /// Without a request, or without progress of what is written.
    var idle: TimeAmount = .seconds(60)
    /// From the signal to stop until open connections are closed.
    var drain: TimeAmount = .seconds(10)
    /// After the last answer, for the client to read it and to close.
    var linger: TimeAmount = .seconds(2)

    /// Bytes of a body that are collected before they are passed on.
    static let largestPiece = 16 << 10
    /// The most that is read of a body that nobody wants, so that the connection can go on.
    static let largestRest = 64 << 10
    /// The most that is read after the last answer, so that a reset does not destroy it.
    static let largestLeftover = 1 << 20

    init(_ configuration: ServerConfiguration) {
        head = .seconds(Int64(configuration.headTimeout))
        body = .seconds(Int64(configuration.bodyTimeout))
        idle = .seconds(Int64(configuration.idleTimeout))
        drain = .seconds(Int64(configuration.drainTimeout))
    }
}
