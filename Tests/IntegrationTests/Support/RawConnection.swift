import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import QoDTestSupport

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A TCP connection on which a test controls every byte and whether the client reads.
final class RawConnection: Sendable {
    private struct State {
        var received: [UInt8] = []
        var isClosed = false
    }

    private let channel: any Channel
    private let state = NIOLockedValueBox(State())

    /// - Parameter reads: Whether the client reads; without reading, the server can write only
    ///   as much as the kernel buffers.
    init(port: Int, reads: Bool = true) async throws {
        let state = state
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector { bytes in
                        state.withLockedValue { state in
                            if let bytes { state.received += Array(bytes.readableBytesView) } else { state.isClosed = true }
                        }
                    })
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The received text so far.
    var received: String { String(decoding: state.withLockedValue { $0.received }, as: UTF8.self) }
    /// Whether the server has closed the connection, at least in its own direction.
    var isClosed: Bool { state.withLockedValue { $0.isClosed } }

    /// Sends text.
    ///
    /// - Returns: Whether the kernel accepted the text and the connection is open.
    @discardableResult
    func send(_ text: String) async -> Bool {
        (try? await channel.writeAndFlush(ByteBuffer(string: text)).get()) != nil
    }

    /// Sends text and does not wait until the kernel accepts it.
    func sendLater(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Closes the client's direction of the connection.
    func finish() {
        channel.close(mode: .output, promise: nil)
    }

    /// Ends the connection with a reset, as a machine that is switched off.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close().get()
    }

    /// Waits until `count` answers have arrived.
    func answers(_ count: Int, within limit: Duration = .seconds(30)) async throws -> String {
        try await wait(upTo: limit, for: "answer \(count), after \(received.prefix(200))") {
            received.matches(of: /HTTP\/1\.1 [2-5]/).count >= count
        }
        return received
    }

    /// Waits until the server has closed the connection.
    func closed(within limit: Duration = .seconds(60)) async throws {
        try await wait(upTo: limit, for: "the end of the connection") { isClosed }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let collect: @Sendable (ByteBuffer?) -> Void

        init(_ collect: @escaping @Sendable (ByteBuffer?) -> Void) {
            self.collect = collect
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { collect(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { collect(nil) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { collect(nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            collect(nil)
            context.close(promise: nil)
        }
    }
}

/// Requests as text.
enum RawRequest {
    static let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// The head of a creation, without the header for the length of the body and without the empty line.
    static func creation(key: String? = "sandbox") -> String {
        "POST /quality-on-demand/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + (key.map { "X-RapidAPI-Key: \($0)\r\n" } ?? "")
    }

    static func profile(key: String = "sandbox") -> String {
        "GET /qos-profiles/v1/qos-profiles/QOS_L HTTP/1.1\r\nHost: localhost\r\nX-RapidAPI-Key: \(key)\r\n\r\n"
    }

    /// A request for all profiles, which has a large answer.
    static let profiles =
        "POST /qos-profiles/v1/retrieve-qos-profiles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-RapidAPI-Key: sandbox\r\n"
        + "Content-Length: 2\r\n\r\n{}"
}
