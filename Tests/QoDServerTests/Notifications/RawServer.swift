import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// A server on loopback that barely parses requests and answers with any bytes that the test chooses.
final class RawServer: Sendable {
    /// The behaviour for one request.
    enum Behaviour: Sendable {
        /// Sends these bytes and leaves the connection open.
        case answer(String)
        /// Sends these bytes and closes the connection.
        case answerAndClose(String)
        /// Sends `first`, and then `rest` every few milliseconds until the connection is closed.
        case drip(first: String, rest: String)
        case silence
        case close
    }

    private struct State {
        var requests: [String] = []
        var connections = 0
    }

    private let state = NIOLockedValueBox(State())
    private let channel: any Channel
    let port: Int

    /// - Parameter tls: The certificate and its key, as PEM.
    init(tls: (certificate: String, key: String)? = nil, _ behaviour: @escaping @Sendable (String, Int) -> Behaviour) async throws {
        let context = try tls.map { pair in
            try NIOSSLContext(configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(Array(pair.certificate.utf8)).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(pair.key.utf8), format: .pem))))
        }
        let state = self.state
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                state.withLockedValue { $0.connections += 1 }
                return channel.eventLoop.makeCompletedFuture {
                    if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
                    try channel.pipeline.syncOperations.addHandler(Answerer { request in
                        let number = state.withLockedValue { state in
                            state.requests.append(request)
                            return state.requests.count
                        }
                        return behaviour(request, number)
                    })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    var requests: [String] { state.withLockedValue { $0.requests } }
    var connections: Int { state.withLockedValue { $0.connections } }

    static func status(_ line: String, _ headers: String = "") -> Behaviour {
        .answer("HTTP/1.1 \(line)\r\n\(headers)Content-Length: 0\r\n\r\n")
    }
}

private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let behaviour: (String) -> RawServer.Behaviour
    private var text = ""

    init(_ behaviour: @escaping (String) -> RawServer.Behaviour) {
        self.behaviour = behaviour
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard let split = text.firstRange(of: "\r\n\r\n") else { return }
        let length = text.firstMatch(of: /(?i)content-length: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
        guard text[split.upperBound...].utf8.count >= length else { return }
        let request = text
        text = ""
        switch behaviour(request) {
        case .answer(let answer): send(answer, context)
        case .answerAndClose(let answer):
            send(answer, context)
            context.close(promise: nil)
        case .drip(let first, let rest):
            send(first, context)
            Self.drip(rest, 0, context.channel)
        case .silence: break
        case .close: context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func send(_ answer: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }

    private static func drip(_ text: String, _ index: Int, _ channel: any Channel) {
        let bytes = Array(text.utf8)
        channel.eventLoop.scheduleTask(in: .milliseconds(5)) {
            guard channel.isActive else { return }
            channel.writeAndFlush(ByteBuffer(bytes: [bytes[index % bytes.count]]), promise: nil)
            drip(text, index + 1, channel)
        }
    }
}
