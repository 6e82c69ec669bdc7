import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// The process's HTTP clients for addresses that the operator names, one for each way to connect. The clients live as
/// long as the process, so no code has to shut them down.
enum OutboundClients {
    private struct Key: Hashable {
        let proxy: ForwardProxy?
        let authorities: TrustedAuthorities
    }

    private static let clients = NIOLockedValueBox<[Key: HTTPClient]>([:])

    /// A client that does not follow redirects.
    static func client(through proxy: ForwardProxy?, trusting authorities: TrustedAuthorities) -> HTTPClient {
        clients.withLockedValue { clients in
            let key = Key(proxy: proxy, authorities: authorities)
            if let client = clients[key] { return client }
            var configuration = HTTPClient.Configuration(
                tlsConfiguration: authorities.clientConfiguration, redirectConfiguration: .disallow)
            configuration.timeout.connect = .seconds(5)
            configuration.proxy = proxy.map { proxy in
                .server(host: proxy.host, port: proxy.port, authorization: proxy.basicCredentials.map { .basic(credentials: $0) })
            }
            // Network.framework does not support custom authorities.
            let isPlain = authorities == .system
            let client = HTTPClient(
                eventLoopGroup: isPlain ? HTTPClient.defaultEventLoopGroup : MultiThreadedEventLoopGroup.singleton, configuration: configuration)
            clients[key] = client
            return client
        }
    }
}
