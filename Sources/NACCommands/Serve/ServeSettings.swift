public import Logging
public import QoDServer
public import QualityOnDemand
public import SessionEngine

/// All settings of `nac serve`, with their defaults: the Developer Sandbox on this machine.
public struct ServeSettings: Sendable {
    public var server = ServerConfiguration()
    public var engine = Self.defaultEngine
    /// Where the SQLite database is; `:memory:` keeps it in memory.
    public var databasePath = "./nac.db"
    /// A file of keys that seal sinks' tokens in the database.
    public var secretsKeyFile: String?
    public var network = NetworkSettings()
    /// A file of profiles that replaces the ones that come with the platform.
    public var profilesFile: String?
    /// Each client's API key. None given means the sandbox's own.
    public var keys: [APIKey] = []
    /// Whether the database has keys of its own, or had; known when it is open. They count like ``keys``.
    public var hasStoredKeys = false
    /// Access tokens, limits and TLS.
    public var access = AccessSettings()
    public var sandbox = SandboxSettings()
    public var notifications = NotificationSettings()
    public var outbound = OutboundSettings()
    public var logLevel: Logger.Level = .info
    public var logFormat = LogFormat.text
    public var metrics = MetricsSettings()

    public init() {}

    /// More sessions of one device are hardly meant, and each makes work for whoever asks for that device's.
    private static var defaultEngine: EngineConfiguration {
        var engine = EngineConfiguration()
        engine.liveLimits.perDevice = 128
        return engine
    }

    /// A client and its key.
    public struct APIKey: Hashable, Sendable {
        public var client: String
        public var key: String
    }

    /// The sandbox's clients: two, so that it can be seen that neither sees the other's sessions.
    static let sandboxKeys = [APIKey(client: "sandbox", key: "sandbox"), APIKey(client: "sandbox-2", key: "sandbox-2")]

    /// Whether anybody who knows this program knows a key that works.
    var isOpenToAnybody: Bool { keys.isEmpty && !hasStoredKeys && !access.takesTokens }

    /// Where events may go: as configured, and otherwise anywhere from a sandbox that only this machine reaches, because a
    /// developer's sink is here too; from any other platform only where the Internet reaches.
    var sinkPolicy: SinkPolicy {
        let isOwnSandbox = isOpenToAnybody && listensOnLoopbackOnly
        return SinkPolicy(
            allowsHTTP: notifications.allowsHTTP ?? isOwnSandbox, allowsPrivate: notifications.allowsPrivate ?? isOwnSandbox)
    }

    /// Whether the host is one that only this machine reaches.
    var listensOnLoopbackOnly: Bool {
        Loopback.contains(server.host)
    }
}

extension ServeSettings: Confidential {}
extension ServeSettings.APIKey: Confidential {}

/// Which network is programmed, and with what.
public struct NetworkSettings: Hashable, Sendable {
    public var driver = Driver.simulated
    /// Simulated network: a file in which it keeps what it serves, to outlive the process.
    public var journal: String?
    /// Linux: the interface whose egress leads to the devices, and what it can carry.
    public var downlink = Link()
    /// Linux: the interface whose egress leads to the services, and what it can carry.
    public var uplink = Link()
    /// Linux: the percentage of each capacity that no session is guaranteed.
    public var reservePercent = 10
    /// Linux: what tells this platform from others in the same network namespace.
    public var name: String?
    /// Linux: whether a root queueing discipline of somebody else's is replaced.
    public var takesOver = false
    /// Linux: which devices there are.
    public var devices = DeviceSettings()

    public init() {}

    public enum Driver: String, CaseIterable, Hashable, Sendable {
        case simulated
        case linux
    }

    public struct Link: Hashable, Sendable {
        public var interface: String?
        /// Bits per second.
        public var capacity: Int?

        public init() {}
    }
}

extension NetworkSettings: Confidential {}
