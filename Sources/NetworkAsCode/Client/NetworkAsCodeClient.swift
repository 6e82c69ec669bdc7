import Logging
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The entry point of the SDK: devices, their sessions, and the profiles that sessions can have.
///
///     let client = NetworkAsCodeClient(token: "…")
///     let device = client.devices.get(phoneNumber: "+99999991000")
///     let session = try await device.createQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2")
///
/// A client is cheap, needs no closing, and works in any number of tasks. Keep one client, so that it fetches an OAuth
/// token only once. Creating a client sends nothing.
public struct NetworkAsCodeClient: Sendable {
    let core: Core

    /// A client with a token: an application key for Nokia's gateway, or a bearer token for any other server.
    ///
    /// - Parameters:
    ///   - token: Sent as `X-RapidAPI-Key` to Nokia's gateway and as `Authorization: Bearer` to any other.
    ///   - server: The server of the APIs.
    ///   - configuration: Timeouts, retries and logging.
    ///   - transport: The transport for requests; AsyncHTTPClient if left out.
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
    ///   - credential: The proof of the client's identity.
    ///   - server: The server of the APIs.
    ///   - configuration: Timeouts, retries and logging.
    ///   - transport: The transport for requests; AsyncHTTPClient if left out.
    public init(
        credential: Credential, server: Server = .nokia, configuration: ClientConfiguration = ClientConfiguration(),
        transport: (any HTTPTransport)? = nil
    ) {
        self.init(
            credential: credential, server: server, configuration: configuration, transport: transport, time: .system,
            random: { .random(in: .min ... .max) })
    }

    /// A client with a given time source and random numbers, for tests.
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

    /// The sessions, by their ids.
    public var sessions: Sessions { Sessions(core: core) }

    /// The profiles that sessions can have.
    public var profiles: Profiles { Profiles(core: core) }
}
