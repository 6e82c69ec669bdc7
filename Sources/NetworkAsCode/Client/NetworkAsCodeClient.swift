import Logging
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The way into the network: devices, their sessions, and the profiles that sessions can have.
///
///     let client = NetworkAsCodeClient(token: "…")
///     let device = client.devices.get(phoneNumber: "+99999991000")
///     let session = try await device.createQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2")
///
/// A client is cheap, needs no closing, and can be used from any number of tasks; keep one, so that an OAuth token is
/// fetched once. Creating it sends nothing.
public struct NetworkAsCodeClient: Sendable {
    let core: Core

    /// A client with a token: for Nokia's gateway its application key, for any other server a bearer token.
    ///
    /// - Parameters:
    ///   - token: Sent as `X-RapidAPI-Key` to Nokia's gateway and as `Authorization: Bearer` to any other.
    ///   - server: Where the APIs are.
    ///   - configuration: Timeouts, retries and logging.
    ///   - transport: What carries the requests; AsyncHTTPClient where it is left out.
    public init(
        token: String, server: Server = .nokia, configuration: ClientConfiguration = ClientConfiguration(),
        transport: (any HTTPTransport)? = nil
    ) {
        let credential: Credential = server.rapidAPIHost == nil ? .bearer(token) : .rapidAPIKey(token)
        self.init(credential: credential, server: server, configuration: configuration, transport: transport)
    }

    /// A client with any kind of credential.
    ///
    /// - Parameters:
    ///   - credential: How the client proves who it is.
    ///   - server: Where the APIs are.
    ///   - configuration: Timeouts, retries and logging.
    ///   - transport: What carries the requests; AsyncHTTPClient where it is left out.
    public init(
        credential: Credential, server: Server = .nokia, configuration: ClientConfiguration = ClientConfiguration(),
        transport: (any HTTPTransport)? = nil
    ) {
        self.init(
            credential: credential, server: server, configuration: configuration, transport: transport, time: .system,
            random: { .random(in: .min ... .max) })
    }

    /// A client in a world of its own, for tests.
    package init(
        credential: Credential, server: Server, configuration: ClientConfiguration, transport: (any HTTPTransport)?,
        time: TimeSource, random: @escaping @Sendable () -> UInt64
    ) {
        let transport = transport ?? AsyncHTTPClientTransport(
            connectTimeout: configuration.connectTimeout, maximumResponseSize: configuration.maximumResponseSize,
            tls: configuration.tls, proxy: configuration.proxy)
        let exchange = Exchange(transport: transport, configuration: configuration, time: time, random: random)
        core = Core(
            server: server, exchange: exchange,
            authenticator: Authenticator(credential, server: server, exchange: exchange))
        if Endpoint.isExposed(server.url) {
            configuration.logger.warning("the token can be read on the way: plain http", metadata: ["host": "\(server.url.host() ?? "")"])
        }
    }

    /// The devices of the network.
    public var devices: Devices { Devices(core: core) }

    /// Sessions by their ids.
    public var sessions: Sessions { Sessions(core: core) }

    /// The profiles that sessions can have.
    public var profiles: Profiles { Profiles(core: core) }
}
