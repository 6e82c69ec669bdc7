import NIOCore
import NIOHTTP1
import NIOSSL
import SessionEngine

/// One request on a connection, and the promise of its answer.
struct SinkExchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    /// Whether the caller wants the answer's body; for sinks, the value is false.
    let wantsBody: Bool
    let answer: EventLoopPromise<SinkAnswer>
}

/// The parts of an answer that the platform uses.
struct SinkAnswer: Sendable {
    let status: Int
    let retryAfter: String?
    var body = ByteBuffer()
    /// Whether the connection can carry another request.
    var isReusable = false
}

/// The reason for a missing answer.
struct SinkFailure: Error {
    let problem: DeliveryProblem
}

/// Sends one request after another, and reads only the needed part of each answer.
///
/// If the caller does not want the body, an answer is complete after its head. The handler then closes the connection
/// unless the rest of the answer arrived with the head.
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

/// The error for an answer with more bytes than the limit.
struct AnswerTooLong: Error {}

/// Admits a limited number of bytes for each request.
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
