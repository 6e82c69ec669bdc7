import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A proxy that makes tunnels (CONNECT). All tunnels lead to this machine, for every host name.
public final class TunnelProxy: Sendable {
    /// The answer to a request for a tunnel.
    public enum Answer: Sendable {
        /// A tunnel to a port of this machine; `nil` means the requested port.
        case tunnel(to: Int? = nil)
        /// A status line, such as `403 Forbidden`.
        case refusal(String)
        case silence
    }

    public let port: Int
    private let channel: any Channel
    private let heads: NIOLockedValueBox<[String]>
    private let open: NIOLockedValueBox<Int>

    /// - Parameter answer: receives the head of a request.
    public init(_ answer: @escaping @Sendable (_ head: String) -> Answer = { _ in .tunnel() }) async throws {
        let (heads, open) = (NIOLockedValueBox<[String]>([]), NIOLockedValueBox(0))
        (self.heads, self.open) = (heads, open)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                open.withLockedValue { $0 += 1 }
                channel.closeFuture.whenComplete { _ in open.withLockedValue { $0 -= 1 } }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Tunnel { head in
                        heads.withLockedValue { $0.append(head) }
                        return answer(head)
                    })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The hosts and ports of the requested tunnels.
    public var hosts: [String] { requests.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) } }
    /// The heads of the requests for tunnels.
    public var requests: [String] { heads.withLockedValue { $0 } }
    /// The number of connected clients.
    public var clients: Int { open.withLockedValue { $0 } }
}

private final class Tunnel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: (String) -> TunnelProxy.Answer
    private var head = ""
    private var waiting: [ByteBuffer] = []
    private var other: (any Channel)?
    private var isAsked = false

    init(_ answer: @escaping (String) -> TunnelProxy.Answer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if let other { return other.writeAndFlush(buffer, promise: nil) }
        guard !isAsked else { return waiting.append(buffer) }
        head += String(buffer: buffer)
        guard head.contains("\r\n\r\n"), let target = head.split(separator: " ").dropFirst().first, head.hasPrefix("CONNECT ") else { return }
        isAsked = true
        switch answer(head) {
        case .silence: break
        case .refusal(let status):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 \(status)\r\nContent-Length: 2\r\n\r\nno")), promise: nil)
        case .tunnel(let port):
            connect(context, to: port ?? Int(target.split(separator: ":").last ?? "") ?? 0)
        }
    }

    private func connect(_ context: ChannelHandlerContext, to port: Int) {
        let client = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Return(to: client)) } }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in this.value.connected(result, client) }
    }

    private func connected(_ result: Result<any Channel, any Error>, _ client: any Channel) {
        guard case .success(let channel) = result else { return client.close(promise: nil) }
        other = channel
        client.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connected\r\n\r\n"), promise: nil)
        for buffer in waiting { channel.writeAndFlush(buffer, promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        other?.close(promise: nil)
    }
}

private final class Return: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let client: any Channel

    init(to client: any Channel) {
        self.client = client
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        client.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        client.close(promise: nil)
    }
}
