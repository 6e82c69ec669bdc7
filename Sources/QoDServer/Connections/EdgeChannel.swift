import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// A connection of the server; a refused connection has no asynchronous channel.
struct EdgeConnection: ServerChildChannelValue {
    let channel: any Channel
    fileprivate let parts: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>?
}

/// HTTP/1.1 connections, over TLS if the server has a certificate. The register counts and bounds them;
/// ``ConnectionHandler`` supervises them.
struct EdgeChannel: ServerChildChannel, HTTPChannelHandler {
    let responder: HTTPChannelHandler.Responder
    let register: ConnectionRegister
    let rules: ConnectionRules
    let tls: ReloadingTLS?
    /// The requests that were refused before the server found a route.
    let refusals: OperationMetrics

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<EdgeConnection> {
        guard let entry = register.admit(channel) else {
            return channel.eventLoop.makeSucceededFuture(EdgeConnection(channel: channel, parts: nil))
        }
        return channel.eventLoop.makeCompletedFuture { try configure(entry) }.flatMapErrorThrowing { error in
            // No other code closes a connection whose setup failed.
            channel.close(promise: nil)
            throw error
        }
    }

    private func configure(_ entry: ConnectionEntry) throws -> EdgeConnection {
        let (channel, pipeline) = (entry.channel, entry.channel.pipeline.syncOperations)
        // One small read at a time: no connection keeps the loop busy, and few bytes are in memory before a route
        // wants them.
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        try channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2048, maximum: 16 << 10))
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
        var limits = NIOHTTPDecoderLimitConfiguration()
        (limits.maxHeaderListSize, limits.maxHeaderFieldCount) = (80 << 10, 256)
        try pipeline.addHandlers([
            HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)),
            ConnectionHandler(entry, rules: rules, refusals: refusals), HTTP1ToHTTPServerCodec(secure: false),
        ])
        let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        return EdgeConnection(channel: channel, parts: parts)
    }

    func handle(value: EdgeConnection, logger: Logger) async {
        guard let parts = value.parts else { return }
        await handleHTTP(asyncChannel: parts, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 within the bounds of the ledger.
    static func edge(_ configuration: ServerConfiguration, ledger: ResourceLedger, tls: ReloadingTLS?, logger: Logger) -> HTTPServerBuilder {
        let register = ConnectionRegister(ledger, logger: logger)
        let refusals = OperationMetrics("refused")
        return HTTPServerBuilder { responder in
            EdgeChannel(responder: responder, register: register, rules: ConnectionRules(configuration), tls: tls, refusals: refusals)
        }
    }
}
