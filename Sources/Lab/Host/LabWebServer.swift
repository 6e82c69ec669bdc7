import NIOCore
import NIOHTTP1
import NIOPosix

/// A web server for tests: it has a page, and documents of any size.
public enum LabWebServer {
    /// The subcommand of `nac lab` that runs the server.
    public static let commandName = "web"

    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    /// Serves requests on all addresses of this network namespace, IPv6 and IPv4, until the process ends.
    public static func run(port: Int) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "::", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                // A client that disconnects must not disturb the other clients.
                for try await connection in connections { group.addTask { try? await serve(connection) } }
            }
        }
    }

    private static func serve(_ connection: Connection) async throws {
        try await connection.executeThenClose { requests, answers in
            for try await part in requests {
                guard case .head(let head) = part else { continue }
                try await answer(head, LabPage(path: head.uri), answers)
            }
        }
    }

    private static func answer(
        _ request: HTTPRequestHead, _ page: LabPage, _ answers: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        let (status, length): (HTTPResponseStatus, Int) =
            switch page {
            case .text(let text): (.ok, text.utf8.count)
            case .bytes(let count): (.ok, count)
            case .missing: (.notFound, 0)
            }
        var head = HTTPResponseHead(version: request.version, status: status, headers: ["Content-Length": "\(length)"])
        if case .text = page { head.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8") }
        try await answers.write(.head(head))
        if request.method != .HEAD {
            if case .text(let text) = page { try await answers.write(.body(.byteBuffer(ByteBuffer(string: text)))) }
            if case .bytes(let count) = page { try await send(count, answers) }
        }
        try await answers.write(.end(nil))
    }

    private static func send(_ count: Int, _ answers: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>) async throws {
        let block = ByteBuffer(repeating: 0, count: 65_536)
        var rest = count
        while rest > 0 {
            let size = min(rest, block.readableBytes)
            // The write waits if the client reads more slowly.
            try await answers.write(.body(.byteBuffer(block.getSlice(at: 0, length: size) ?? block)))
            rest -= size
        }
    }
}

/// The content at a path.
enum LabPage: Hashable, Sendable {
    case text(String)
    /// This number of bytes, all 0.
    case bytes(Int)
    case missing

    static let largest = 10_000_000_000

    init(path: String) {
        if path == "/" {
            self = .text("This is the service of the lab. /bytes/1000000 is a document of a million bytes; any number will do.\n")
        } else if path.hasPrefix("/bytes/"), let count = Int(path.dropFirst(7)), (0...Self.largest).contains(count) {
            self = .bytes(count)
        } else {
            self = .missing
        }
    }
}
