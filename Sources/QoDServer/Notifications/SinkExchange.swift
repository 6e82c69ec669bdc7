import NIOCore
import NIOHTTP1
import NIOSSL
import SessionEngine

/// One request on a connection, and where its answer is awaited.
struct SinkExchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    /// Whether the answer's body is wanted; of sinks it is not.
    let wantsBody: Bool
    let answer: EventLoopPromise<SinkAnswer>
}

/// What matters of an answer.
struct SinkAnswer: Sendable {
    let status: Int
    let retryAfter: String?
    var body = ByteBuffer()
    /// Whether the connection can take another request.
    var isReusable = false
}

/// Why there was no answer.
struct SinkFailure: Error {
    let problem: DeliveryProblem
}

/// Sends one request after the other, and reads no more of the answers than is needed.
///
/// Where the body is not wanted, an answer is done with its head; a connection on which the rest did not come along with it
/// is closed.
final class SinkExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = SinkExchange
    typealias OutboundOut = HTTPClientRequestPart

    private var exchange: SinkExchange?
    private var answer: SinkAnswer?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        self.exchange = exchange
        answer = nil
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = SinkAnswer(status: Int(head.status.code), retryAfter: head.headers.first(name: "Retry-After"), isReusable: head.isKeepAlive)
        case .body(var part):
            if exchange.wantsBody { answer?.body.writeBuffer(&part) }
        case .end:
            finish(context, isWhole: true)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let exchange, answer != nil, !exchange.wantsBody { finish(context, isWhole: false) }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown, HTTPParserError.invalidEOFState: fail(.closed)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: fail(.tls)
        case is HTTPParserError, is AnswerTooLong: fail(.badAnswer)
        default: fail(.closed)
        }
        context.close(promise: nil)
    }

    private func finish(_ context: ChannelHandlerContext, isWhole: Bool) {
        guard let exchange, var answer else { return }
        answer.isReusable = answer.isReusable && isWhole
        (self.exchange, self.answer) = (nil, nil)
        if !answer.isReusable { context.close(promise: nil) }
        exchange.answer.succeed(answer)
    }

    private func fail(_ problem: DeliveryProblem) {
        exchange?.answer.fail(SinkFailure(problem: problem))
        (exchange, answer) = (nil, nil)
    }
}

/// An answer has more bytes than are read.
struct AnswerTooLong: Error {}

/// Lets in so many bytes for each request and no more.
final class AnswerBound: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData

    static let limit = 64 * 1024
    private var count = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        count = 0
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += unwrapInboundIn(data).readableBytes
        guard count <= Self.limit else {
            context.fireErrorCaught(AnswerTooLong())
            return
        }
        context.fireChannelRead(data)
    }
}
