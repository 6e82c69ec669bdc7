import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A proxy that makes tunnels (CONNECT), and takes every host for this machine.
final class TunnelProxy: Sendable {
    let port: Int
    private let channel: any Channel
    private let asked: NIOLockedValueBox<[String]>

    init() async throws {
        let asked = NIOLockedValueBox<[String]>([])
        self.asked = asked
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Tunnel(asked)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The hosts and ports that tunnels were asked for.
    var hosts: [String] { asked.withLockedValue { $0 } }
}

private final class Tunnel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let asked: NIOLockedValueBox<[String]>
    private var head = ""
    private var waiting: [ByteBuffer] = []
    private var other: (any Channel)?
    private var isAsked = false

    init(_ asked: NIOLockedValueBox<[String]>) {
        self.asked = asked
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if let other { return other.writeAndFlush(buffer, promise: nil) }
        guard !isAsked else { return waiting.append(buffer) }
        head += String(buffer: buffer)
        guard head.contains("\r\n\r\n"), let target = head.split(separator: " ").dropFirst().first, head.hasPrefix("CONNECT ") else { return }
        isAsked = true
        asked.withLockedValue { $0.append(String(target)) }
        let client = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Return(to: client)) } }
            .connect(host: "127.0.0.1", port: Int(target.split(separator: ":").last ?? "") ?? 0)
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
