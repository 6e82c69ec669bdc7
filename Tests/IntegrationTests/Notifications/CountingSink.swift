import CAMARA
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A sink in the test's process that keeps the received events, and fails for a part of the requests.
final class CountingSink: Sendable {
    /// The received events: the ids of each session's events in the order of their first
    /// arrival, and the count of each id.
    struct Ledger: Sendable {
        var bySession: [String: [QosStatusChangedEvent]] = [:]
        var arrivals: [String: Int] = [:]
        var refused = 0
        var unreadable = 0
        var wrongToken = 0
    }

    let port: Int
    private let channel: any Channel
    private let ledger: NIOLockedValueBox<Ledger>

    /// - Parameter failing: How many of a hundred requests get the status 503 or no answer.
    init(failing: Int) async throws {
        let ledger = NIOLockedValueBox(Ledger())
        self.ledger = ledger
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 512)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Receiver(ledger, failing: failing))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    var found: Ledger { ledger.withLockedValue { $0 } }
}

private final class Receiver: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let ledger: NIOLockedValueBox<CountingSink.Ledger>
    private let failing: Int
    private var body = ByteBuffer()
    private var hasToken = false

    init(_ ledger: NIOLockedValueBox<CountingSink.Ledger>, failing: Int) {
        self.ledger = ledger
        self.failing = failing
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            hasToken = head.headers.first(name: "Authorization") == "Bearer sink-token"
            body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let lot = Int.random(in: 0..<100)
        guard lot >= failing else {
            ledger.withLockedValue { $0.refused += 1 }
            if lot.isMultiple(of: 2) { return context.close(promise: nil) }
            return send(.serviceUnavailable, context)
        }
        let event = try? QosStatusChangedEvent(JSONNode(parsing: Array(body.readableBytesView), unknownProperties: .rejected))
        ledger.withLockedValue { ledger in
            if !hasToken { ledger.wrongToken += 1 }
            guard let event else {
                ledger.unreadable += 1
                return
            }
            ledger.arrivals[event.id, default: 0] += 1
            if ledger.arrivals[event.id] == 1 { ledger.bySession[event.sessionID, default: []].append(event) }
        }
        // The sink receives some events, but the platform gets no answer.
        if lot >= 95 { return context.close(promise: nil) }
        send(.noContent, context)
    }

    private func send(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: ["Content-Length": "0"]))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
