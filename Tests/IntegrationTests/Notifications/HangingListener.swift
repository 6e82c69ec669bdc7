import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Accepts connections and never sends anything.
final class HangingListener: Sendable {
    let port: Int
    private let channel: any Channel
    private let open = NIOLockedValueBox(0)

    /// The number of connections that clients still keep open.
    var connections: Int { open.withLockedValue { $0 } }

    init() async throws {
        let open = self.open
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                open.withLockedValue { $0 += 1 }
                channel.closeFuture.whenComplete { _ in open.withLockedValue { $0 -= 1 } }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }
}
