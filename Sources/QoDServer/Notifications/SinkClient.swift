import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import QualityOnDemand
import SessionEngine

/// Sends requests to addresses that clients name. The platform trusts none of these addresses.
///
/// The client resolves the name for every request and checks every address of the name. The connection goes to one of
/// the checked addresses, through a proxy if one is configured. The client does not follow redirects. One deadline
/// covers the whole attempt, from the look-up to the answer, and the other side cannot postpone the deadline.
final class SinkClient: Sendable {
    private let policy: SinkPolicy
    private let resolver: any AddressResolver
    private let tls: NIOSSLContext
    private let timeout: TimeAmount
    private let proxies: ProxyRules
    private let proxyResolves: Bool
    private let connections: SinkConnections
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    /// - Parameter account: counts all connections to sinks.
    init(_ configuration: SinkConfiguration, resolver: any AddressResolver, account: ResourceAccount) throws {
        connections = SinkConnections(account)
        policy = configuration.policy
        timeout = .milliseconds(Int64(configuration.timeout / .milliseconds(1)))
        proxies = configuration.proxies
        proxyResolves = configuration.proxyResolves
        self.resolver = resolver
        var configuration = configuration.authorities.clientConfiguration
        configuration.applicationProtocols = ["http/1.1"]
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// The request and its address.
    struct Request: Sendable {
        let url: SinkURL
        let headers: HTTPHeaders
        let body: [UInt8]
        var wantsBody = false
    }

    /// A request on its way.
    private struct Attempt: Sendable {
        let request: Request
        let loop: any EventLoop
        let deadline: NIODeadline
        /// Fails at the deadline, in any phase of the attempt.
        let end: EventLoopFuture<SinkAnswer>

        /// Closes the connection at the deadline, even during an exchange.
        func bounds(_ channel: any Channel) {
            end.whenFailure { _ in channel.close(promise: nil) }
        }

        func failed(_ error: any Error) -> EventLoopFuture<SinkAnswer> {
            loop.makeFailedFuture(error)
        }
    }

    /// Sends a request with POST.
    func post(_ request: Request) async throws(SinkFailure) -> SinkAnswer {
        guard policy.allows(request.url) else { throw SinkFailure(problem: .sinkNotAllowed) }
        let loop = group.next()
        let promise = loop.makePromise(of: SinkAnswer.self)
        let attempt = Attempt(request: request, loop: loop, deadline: .now() + timeout, end: promise.futureResult)
        let timer = loop.scheduleTask(deadline: attempt.deadline) { promise.fail(SinkFailure(problem: .timeout)) }
        let result = await withTaskCancellationHandler {
            routes(to: request.url, on: loop).flatMap { self.exchange(attempt, by: $0[...]) }.cascade(to: promise)
            return await promise.futureResult.result()
        } onCancel: {
            promise.fail(SinkFailure(problem: .closed))
        }
        timer.cancel()
        do { return try result.get() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: any Error) -> SinkFailure {
        switch error {
        case let failure as SinkFailure: failure
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: SinkFailure(problem: .tls)
        case ChannelError.connectTimeout: SinkFailure(problem: .timeout)
        case is ChannelError: SinkFailure(problem: .closed)
        default: SinkFailure(problem: .unreachable)
        }
    }

    // MARK: Ways

    /// The ways to the host's current addresses. The proxy receives an address that the platform has checked, so no
    /// sink is in an internal network, for any configuration of the proxy. The exception is a proxy that the operator
    /// trusts to keep sinks away from internal networks.
    private func routes(to url: SinkURL, on loop: any EventLoop) -> EventLoopFuture<[SinkRoute]> {
        let proxy = proxies.proxy(isSecure: url.isTLS, host: url.host, port: url.port)
        if let proxy, proxyResolves, url.hasPlainName { return loop.makeSucceededFuture([.tunnel(proxy, to: nil)]) }
        return addresses(of: url, on: loop).map { addresses in
            addresses.map { address in
                // A proxy would take the addresses of this machine as its own.
                guard let proxy, !address.isLoopback else { return .direct(address) }
                return .tunnel(proxy, to: address)
            }
        }
    }

    /// The host's current addresses, if the policy allows all of them; otherwise a failure.
    private func addresses(of url: SinkURL, on loop: any EventLoop) -> EventLoopFuture<[SinkAddress]> {
        let found = url.literal.map { loop.makeSucceededFuture([$0]) } ?? resolver.addresses(of: url.host, on: loop)
        return found.flatMapThrowing { [policy] addresses in
            guard !addresses.isEmpty else { throw SinkFailure(problem: .unknownHost) }
            guard addresses.allSatisfy(policy.allows) else { throw SinkFailure(problem: .addressNotAllowed) }
            return Array(addresses.prefix(4))
        }
    }

    /// The proxy's addresses. The operator names the proxy, so any address is allowed.
    private func addresses(of proxy: ForwardProxy, on loop: any EventLoop) -> EventLoopFuture<[SinkAddress]> {
        let found = SinkAddress(literal: proxy.host).map { loop.makeSucceededFuture([$0]) } ?? resolver.addresses(of: proxy.host, on: loop)
        return found.map { Array($0.prefix(4)) }
    }

    // MARK: Connections

    /// Sends over the first way whose connection succeeds.
    private func exchange(_ attempt: Attempt, by routes: ArraySlice<SinkRoute>) -> EventLoopFuture<SinkAnswer> {
        guard let route = routes.first else { return attempt.failed(SinkFailure(problem: .unreachable)) }
        let key = SinkConnections.Key(route: route, url: attempt.request.url.origin)
        if let channel = connections.take(key) {
            attempt.bounds(channel)
            return send(attempt, on: channel, key).hop(to: attempt.loop).flatMapError { error in
                // The sink may have closed the waiting connection. The client cannot know whether the request arrived,
                // so the request may arrive twice.
                guard Self.failure(error).problem == .closed, NIODeadline.now() < attempt.deadline else { return attempt.failed(error) }
                return self.connect(attempt, key)
            }
        }
        return connect(attempt, key).flatMapError { error in
            guard Self.failure(error).problem == .unreachable, routes.count > 1 else { return attempt.failed(error) }
            return self.exchange(attempt, by: routes.dropFirst())
        }
    }

    private func connect(_ attempt: Attempt, _ key: SinkConnections.Key) -> EventLoopFuture<SinkAnswer> {
        let url = attempt.request.url
        switch key.route {
        case .direct(let address):
            return open(attempt, to: address, port: url.port) { [tls] channel in
                channel.eventLoop.makeCompletedFuture { try Self.configure(channel, url, tls) }
            }
            .flatMap { self.send(attempt, on: $0, key) }
        case .tunnel(let proxy, let address):
            return addresses(of: proxy, on: attempt.loop)
                .flatMap { self.open(attempt, to: proxy, at: $0[...]) }
                .flatMap { [tls] channel in
                    TunnelHandler.open(to: SinkRoute.authority(address, url), of: proxy, over: channel)
                        .flatMapThrowing { try Self.configure(channel, url, tls) }
                        .flatMap { self.send(attempt, on: channel, key) }
                }
        }
    }

    /// Connects to the first of a proxy's addresses that accepts the connection.
    private func open(_ attempt: Attempt, to proxy: ForwardProxy, at addresses: ArraySlice<SinkAddress>) -> EventLoopFuture<any Channel> {
        guard let address = addresses.first else { return attempt.loop.makeFailedFuture(SinkFailure(problem: .proxy)) }
        return open(attempt, to: address, port: proxy.port) { $0.eventLoop.makeSucceededVoidFuture() }
            .flatMapError { error in
                guard Self.failure(error).problem == .unreachable else { return attempt.loop.makeFailedFuture(error) }
                return self.open(attempt, to: proxy, at: addresses.dropFirst())
            }
    }

    private func open(
        _ attempt: Attempt, to address: SinkAddress, port: Int, _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        guard connections.reserve() else { return attempt.loop.makeFailedFuture(SinkFailure(problem: .timeout)) }
        do {
            let connected = ClientBootstrap(group: attempt.loop).connectTimeout(timeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer(initialize)
                .connect(to: try address.socketAddress(port: port))
            connected.whenComplete { [connections] result in
                switch result {
                case .success(let channel):
                    channel.closeFuture.whenComplete { _ in connections.release() }
                    attempt.bounds(channel)
                case .failure: connections.release()
                }
            }
            return connected
        } catch {
            connections.release()
            return attempt.loop.makeFailedFuture(SinkFailure(problem: .unreachable))
        }
    }

    private static func configure(_ channel: any Channel, _ url: SinkURL, _ tls: NIOSSLContext) throws {
        let pipeline = channel.pipeline.syncOperations
        if url.isTLS {
            // For a URL with an address, the certificate must name the address of the connection.
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: url.literal == nil ? url.host : nil))
        }
        try pipeline.addHandler(AnswerBound())
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(SinkExchangeHandler())
    }

    private func send(_ attempt: Attempt, on channel: any Channel, _ key: SinkConnections.Key) -> EventLoopFuture<SinkAnswer> {
        let request = attempt.request
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: request.url.target, headers: request.headers)
        head.headers.replaceOrAdd(name: "Host", value: request.url.hostHeader)
        head.headers.replaceOrAdd(name: "Content-Length", value: "\(request.body.count)")
        let answer = channel.eventLoop.makePromise(of: SinkAnswer.self)
        let exchange = SinkExchange(head: head, body: ByteBuffer(bytes: request.body), wantsBody: request.wantsBody, answer: answer)
        channel.writeAndFlush(exchange).whenFailure { error in
            // The channel is closed already, or the encoder could not write the request as HTTP.
            answer.fail(error)
        }
        return answer.futureResult.map { [connections] answer in
            if answer.isReusable { connections.put(channel, key) }
            return answer
        }
    }
}

extension EventLoopFuture where Value: Sendable {
    fileprivate func result() async -> Result<Value, any Error> {
        do { return .success(try await get()) } catch { return .failure(error) }
    }
}
