public import Operations
public import QualityOnDemand

/// The server's settings, with defaults for most uses.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0 selects any free port.
    public var port = 9091
    /// The origins of web pages that may call from a browser, such as `https://app.example.com`.
    public var allowedOrigins: Set<String> = []
    /// The names by which requests may call the platform, in addition to the names of loopback; `nil` accepts any
    /// name. A set of names also excludes foreign web pages. For a sandbox.
    public var acceptedHosts: Set<String>?
    /// The largest body, in bytes. The longest body that the API allows, two full lists of 65,536 ports, has about 3
    /// MB.
    public var maximumBodySize = 4 << 20
    /// The most requests under way at once; the server refuses more with 503. A request counts once its body has
    /// arrived.
    public var maximumInFlight = 4096
    /// The most requests under way of one client; the server refuses more with 429. `nil` means half of
    /// `maximumInFlight`.
    public var maximumInFlightPerClient: Int?
    /// The most open connections; `nil` means as many as the machine's descriptors and memory allow.
    public var maximumConnections: Int?
    /// The most open connections of one IPv4 address or one /64 network of IPv6; `nil` means three quarters of all.
    public var maximumConnectionsPerAddress: Int?
    /// The most bytes of bodies in memory; `nil` means 64 MiB, or less if the machine has little memory.
    public var maximumBodyBytes: Int?
    /// The most bytes of bodies of one client; `nil` means a quarter of `maximumBodyBytes`.
    public var maximumBodyBytesPerClient: Int?
    /// Seconds from the opening of a connection until the end of its first head.
    public var headTimeout = 10
    /// Seconds from the end of a request's head until the end of its body.
    public var bodyTimeout = 30
    /// Seconds from the signal to stop until the server closes all connections, including busy ones.
    public var drainTimeout = 10
    /// Seconds until the server closes an idle connection, or a connection whose client does not read.
    public var idleTimeout = 60
    /// Whether sinks may be `http` addresses; for a sandbox.
    public var allowsHTTPSinks = false
    /// The most calls of each client per time; `nil` means no limit.
    public var rateLimit: RateLimit?
    /// Whether a phone number in a request of `/quality-on-demand/v1` and the other newer APIs may lack its `+`.
    public var acceptsNumbersWithoutPlus = false
    /// The kinds of identifier by which requests may name a device.
    public var identifiers = Set(Device.IdentifierKind.allCases)
    /// Whether sinks may be addresses that the Internet does not reach; for a sandbox.
    public var allowsPrivateSinks = false
    /// The settings for sinks with the credential PRIVATE_KEY_JWT; `nil` if nothing is configured.
    public var privateKeyJWT: PrivateKeyJWTSupport?

    /// The build of this platform.
    public var build = BuildInformation()

    public init() {}

    /// The configured bounds of resources, for ``ResourceLimits``.
    public var wishedLimits: ResourceLimits.Wished {
        var wished = ResourceLimits.Wished()
        (wished.connections, wished.connectionsPerAddress) = (maximumConnections, maximumConnectionsPerAddress)
        (wished.bodyBytes, wished.bodyBytesPerClient) = (maximumBodyBytes, maximumBodyBytesPerClient)
        (wished.requests, wished.requestsPerClient) = (maximumInFlight, maximumInFlightPerClient)
        wished.largestBody = maximumBodySize
        return wished
    }

    /// The platform's ability to get tokens for sinks.
    public struct PrivateKeyJWTSupport: Hashable, Sendable {
        /// The platform's client id, if a session names none.
        public var clientID: String?

        public init(clientID: String?) {
            self.clientID = clientID
        }
    }
}
