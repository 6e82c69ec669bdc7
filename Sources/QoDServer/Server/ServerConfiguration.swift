public import QualityOnDemand

/// The server's settings, with defaults that suit most.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port = 9091
    /// The origins of web pages that may call from a browser, such as `https://app.example.com`.
    public var allowedOrigins: Set<String> = []
    /// The names by which requests may call the platform, beside those of loopback; `nil` takes any name. Where it is set,
    /// foreign web pages are refused too; for a sandbox.
    public var acceptedHosts: Set<String>?
    /// The largest body, in bytes. The longest that the API allows, two full lists of 65,536 ports, has some 3 MB.
    public var maximumBodySize = 4 << 20
    /// How many requests may be under way at once before more are refused with 503. A request whose body has not come is not.
    public var maximumInFlight = 4096
    /// How many of them one client may have before more are refused with 429; `nil` for half of them.
    public var maximumInFlightPerClient: Int?
    /// How many connections may be open; `nil` for as many as the machine's descriptors and memory allow.
    public var maximumConnections: Int?
    /// How many of them may come from one IPv4 address or one /64 network of IPv6; `nil` for three quarters.
    public var maximumConnectionsPerAddress: Int?
    /// How many bytes of bodies may be in memory; `nil` for 64 MiB, or less where the machine has little memory.
    public var maximumBodyBytes: Int?
    /// How many of them one client may have; `nil` for a quarter.
    public var maximumBodyBytesPerClient: Int?
    /// Seconds from the opening of a connection until its first whole head.
    public var headTimeout = 10
    /// Seconds from a request's whole head until its whole body.
    public var bodyTimeout = 30
    /// Seconds from the signal to stop until connections are closed whatever goes on.
    public var drainTimeout = 10
    /// Seconds after which a connection is closed on which nothing happens, or whose client reads nothing of what is written.
    public var idleTimeout = 60
    /// Whether sinks may be `http` addresses; for a sandbox.
    public var allowsHTTPSinks = false
    /// How often each client may call; `nil` for as often as it likes.
    public var rateLimit: RateLimit?
    /// Whether a phone number in a request of `/quality-on-demand/v1` and the other newer APIs may lack its `+`.
    public var acceptsNumbersWithoutPlus = false
    /// The kinds of identifier by which requests may name a device.
    public var identifiers = Set(Device.IdentifierKind.allCases)
    /// Whether sinks may be addresses that the Internet does not reach; for a sandbox.
    public var allowsPrivateSinks = false
    /// What is configured for sinks with the credential PRIVATE_KEY_JWT; `nil` where nothing is.
    public var privateKeyJWT: PrivateKeyJWTSupport?

    /// Which build this is.
    public var build = BuildInformation()

    public init() {}

    /// The bounds of resources that are configured here, for ``ResourceLimits``.
    public var wishedLimits: ResourceLimits.Wished {
        var wished = ResourceLimits.Wished()
        (wished.connections, wished.connectionsPerAddress) = (maximumConnections, maximumConnectionsPerAddress)
        (wished.bodyBytes, wished.bodyBytesPerClient) = (maximumBodyBytes, maximumBodyBytesPerClient)
        (wished.requests, wished.requestsPerClient) = (maximumInFlight, maximumInFlightPerClient)
        wished.largestBody = maximumBodySize
        return wished
    }

    /// That the platform can get tokens for sinks itself.
    public struct PrivateKeyJWTSupport: Hashable, Sendable {
        /// The client that it is where a session names none.
        public var clientID: String?

        public init(clientID: String?) {
            self.clientID = clientID
        }
    }
}
