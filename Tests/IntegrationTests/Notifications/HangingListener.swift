import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Takes connections and says nothing, ever.
final class HangingListener: Sendable {
    let port: Int
    private let channel: any Channel
    private let open = NIOLockedValueBox(0)

    /// How many connections nobody has given up yet.
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
