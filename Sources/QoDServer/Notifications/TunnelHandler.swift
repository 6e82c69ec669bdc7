import NIOCore
import NIOHTTP1
import SessionEngine

/// Asks a proxy for a tunnel (CONNECT), and reports its success or failure.
///
/// The proxy's answer ends with its head. The decoder bounds its size, and the attempt's deadline bounds its time.
final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let authority: String
    private let basicCredentials: String?
    private var isOpen: EventLoopPromise<Void>?

    init(to authority: String, of proxy: ForwardProxy, isOpen: EventLoopPromise<Void>) {
        self.authority = authority
        basicCredentials = proxy.basicCredentials
        self.isOpen = isOpen
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        var headers = HTTPHeaders([("Host", authority)])
        if let basicCredentials { headers.add(name: "Proxy-Authorization", value: "Basic \(basicCredentials)") }
        let head = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: authority, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            switch head.status.code {
            case 200...299: break
            // The proxy did not reach the sink, but it may reach another of the sink's addresses.
            case 502...504: fail(.unreachable, context)
            default: fail(.proxy, context)
            }
        case .body: break
        case .end:
            isOpen?.succeed()
            isOpen = nil
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.proxy, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.proxy, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isOpen?.fail(SinkFailure(problem: .proxy))
        isOpen = nil
    }

    private func fail(_ problem: DeliveryProblem, _ context: ChannelHandlerContext) {
        isOpen?.fail(SinkFailure(problem: problem))
        isOpen = nil
        context.close(promise: nil)
    }
}

extension TunnelHandler {
    /// Opens a tunnel over a connection with a proxy. Afterwards the connection behaves like a direct connection to
    /// the sink.
    static func open(to authority: String, of proxy: ForwardProxy, over channel: any Channel) -> EventLoopFuture<Void> {
        let loop = channel.eventLoop
        return loop.submit { () -> EventLoopFuture<Void> in
            let pipeline = channel.pipeline.syncOperations
            let isOpen = loop.makePromise(of: Void.self)
            let encoder = HTTPRequestEncoder()
            let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
            let handler = TunnelHandler(to: authority, of: proxy, isOpen: isOpen)
            let handlers = NIOLoopBound((encoder, decoder, handler), eventLoop: loop)
            do { try pipeline.addHandlers([encoder, decoder, handler]) } catch { isOpen.fail(error) }
            return isOpen.futureResult.flatMap {
                let (encoder, decoder, handler) = handlers.value
                let operations = channel.pipeline.syncOperations
                return operations.removeHandler(handler)
                    .and(operations.removeHandler(decoder)).and(operations.removeHandler(encoder)).map { _ in }
            }
        }.flatMap { $0 }
    }
}
