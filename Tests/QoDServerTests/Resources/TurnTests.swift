import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

/// Answers each request at once and records the order of the requests.
private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let order: NIOLockedValueBox<[String]>

    init(_ order: NIOLockedValueBox<[String]>) {
        self.order = order
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): order.withLockedValue { $0.append(head.uri) }
        case .body: break
        case .end:
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .noContent))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

@Suite("Turns")
struct TurnTests {
    @Test("one connection's requests ahead do not keep another's waiting, on one event loop")
    func fair() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let order = NIOLockedValueBox<[String]>([])
        let ledger = ResourceLedger(ResourceLimits(.current()))
        let register = ConnectionRegister(ledger, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        // The timeouts are long, so that a busy machine does not end the connections.
        var patient = ServerConfiguration()
        (patient.headTimeout, patient.idleTimeout) = (3600, 3600)
        let rules = ConnectionRules(patient)
        let server = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let entry = register.admit(channel) else { return }
                try channel.pipeline.syncOperations.addHandlers([
                    HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()),
                    ConnectionHandler(entry, rules: rules, refusals: OperationMetrics("refused")), Responder(order),
                ])
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let clients = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connect = { @Sendable in try await ClientBootstrap(group: clients).connect(to: server.localAddress!).get() }
        let (greedy, modest) = (try await connect(), try await connect())
        try await eventually { ledger.connections.used == 2 }
        // The event loop is busy until both clients have sent, so that it reads the bytes of both at once.
        let hasSent = NIOLockedValueBox(false)
        server.eventLoop.execute { while !hasSent.withLockedValue({ $0 }) { sched_yield() } }
        try await greedy.writeAndFlush(ByteBuffer(string: String(repeating: "GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n", count: 400))).get()
        try await modest.writeAndFlush(ByteBuffer(string: "GET /modest HTTP/1.1\r\nHost: a\r\n\r\n")).get()
        hasSent.withLockedValue { $0 = true }
        try await eventually { order.withLockedValue { $0.count } == 401 }
        let place = try #require(order.withLockedValue { $0.firstIndex(of: "/modest") })
        #expect(place <= 2, "its request was number \(place)")
        try await group.shutdownGracefully()
        try await clients.shutdownGracefully()
    }

    @Test("a large body is parsed by a thread of its own, a small one where it was read")
    func parsing() async throws {
        let ledger = ResourceLedger(ResourceLimits(.current()))
        let reader = RequestReader(
            maximumBodySize: 4 << 20, ledger: ledger, parsers: Threads.pool("parsing", count: 1), stage: nil,
            identifiers: Set(Device.IdentifierKind.allCases))
        for (size, isLarge) in [(1000, false), (16 << 10, false), (20_000, true), (3 << 20, true)] {
            let text = "{" + String(repeating: " ", count: size - 2) + "}"
            let request = Request(
                head: HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/", headerFields: [.contentLength: "\(size)"]),
                body: .init(buffer: ByteBuffer(string: text)))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let context = APIRequestContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
            let threads = NIOLockedValueBox(0)
            let before = pthread_self()
            try await reader.body(request, context) { _ in
                #expect(ledger.bodyBytes.used == size)
                #expect(ledger.parsing.used == (isLarge ? 1 : 0))
                if pthread_equal(before, pthread_self()) == 0 { threads.withLockedValue { $0 += 1 } }
            }
            if isLarge { #expect(threads.withLockedValue { $0 } == 1) }
            #expect(ledger.bodyBytes.used == 0 && ledger.parsing.used == 0 && ledger.requests.used == 1)
            if let place = context.notes.withLockedValue({ $0.place }) { ledger.leave(place) }
        }
        #expect(ledger.requests.used == 0)
    }
}
