import NIOCore
import NIOPosix

/// One request as bytes over a separate TCP connection, so that a test controls every header.
enum RawExchange {
    /// Sends the text and reads until the server closes the connection.
    ///
    /// - Parameter request: Must contain the header `Connection: close`; otherwise the
    ///   server waits for another request.
    static func send(_ request: String, port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel) }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer = ""
            for try await part in inbound { answer += String(buffer: part) }
            return answer
        }
    }
}
