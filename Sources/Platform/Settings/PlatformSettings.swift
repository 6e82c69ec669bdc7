public import Logging
public import Operations
public import QoDServer
public import QualityOnDemand
public import SessionEngine

/// All settings of the platform, with their defaults: the Developer Sandbox on this machine.
public struct PlatformSettings: Sendable {
    public var server = ServerConfiguration()
    public var engine = Self.defaultEngine
    /// The path of the SQLite database; `:memory:` keeps the database in memory.
    public var databasePath = "./nac.db"
    /// A file of keys that seal sinks' tokens in the database.
    public var secretsKeyFile: String?
    /// How many calls read the database at once; `nil` leaves that to the machine.
    public var storeReaders: Int?
    /// The network of the only site. With ``sites``, the values that a site has where it gives none.
    public var network = NetworkSettings()
    /// Several sites; empty for one site, ``network``.
    public var sites: [SiteConfiguration] = []
    /// A file of profiles that replaces the platform's own profiles.
    public var profilesFile: String?
    /// The API keys of clients. An empty list means the sandbox's own keys.
    public var keys: [APIKey] = []
    /// Whether the database has or had keys of its own; known when it is open. Stored keys count like ``keys``.
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

    /// More than 128 sessions of one device are hardly intended. Each session adds work to every list of sessions.
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

    /// The sandbox has two clients, so that a developer can see that neither client sees the other's sessions.
    static let sandboxKeys = [APIKey(client: "sandbox", key: "sandbox"), APIKey(client: "sandbox-2", key: "sandbox-2")]

    /// Whether the sandbox's keys work, so that anybody with this program has a working key.
    var isOpenToAnybody: Bool { keys.isEmpty && !hasStoredKeys && !access.takesTokens }

    /// The sinks that events may go to: as configured, or the default. A sandbox that only this machine reaches sends
    /// events to any sink, because the developer's sink runs on this machine too. Any other platform sends events only
    /// to sinks that the Internet reaches.
    var sinkPolicy: SinkPolicy {
        let isOwnSandbox = isOpenToAnybody && listensOnLoopbackOnly
        return SinkPolicy(
            allowsHTTP: notifications.allowsHTTP ?? isOwnSandbox, allowsPrivate: notifications.allowsPrivate ?? isOwnSandbox)
    }

    /// Whether only this machine reaches the address that the server listens on.
    var listensOnLoopbackOnly: Bool {
        Loopback.contains(server.host)
    }
}

extension PlatformSettings: Confidential {}
extension PlatformSettings.APIKey: Confidential {}

/// The store that the platform opens, and its settings.
public struct StoreSettings: Hashable, Sendable {
    /// The database's file; `:memory:` keeps it in memory.
    public var path: String
    /// A file of keys that seal the secrets in the database.
    public var keyFile: String?
    /// How many calls read at once; `nil` leaves that to the machine.
    public var readers: Int?
}

extension PlatformSettings {
    /// The part about the store.
    var store: StoreSettings { StoreSettings(path: databasePath, keyFile: secretsKeyFile, readers: storeReaders) }
}

/// The network that the platform programs, and its settings.
public struct NetworkSettings: Hashable, Sendable {
    public var driver = Driver.simulated
    /// Simulated network: a file that keeps the programmed flows when the process ends.
    public var journal: String?
    /// Linux: the interface whose egress leads to the devices, and its capacity.
    public var downlink = Link()
    /// Linux: the interface whose egress leads to the services, and its capacity.
    public var uplink = Link()
    /// Linux: the percentage of each capacity that is never guaranteed to a session.
    public var reservePercent = 10
    /// Linux: the name that distinguishes this platform from others in the same network namespace.
    public var name: String?
    /// Linux: whether the platform replaces a root queueing discipline of another owner.
    public var takesOver = false
    /// Linux: the devices of the gateway.
    public var devices = DeviceSettings()

    public init() {}

    /// The name of a driver. ``PlatformParts/networks`` has the drivers of a program.
    public struct Driver: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        public static let simulated = Driver(name: "simulated")
        public static let linux = Driver(name: "linux")
        /// The drivers that come with the platform.
        public static let own = [simulated, linux]

        private init(name: String) { description = name }

        /// - Throws: ``SettingError`` unless the name has 1 to 32 small letters, digits and hyphens.
        public init(_ text: String) throws(SettingError) {
            let isWord = text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
            guard isWord, (1...32).contains(text.utf8.count) else {
                throw SettingError("\"\(Excerpt.of(text))\" is not the name of a driver, which has 1 to 32 small letters, digits and hyphens")
            }
            self.init(name: text)
        }

        /// Refuses a driver that a program does not have.
        func check(among drivers: [Driver]) throws(SettingError) {
            guard !drivers.contains(self) else { return }
            throw SettingError("network.driver: \"\(self)\" is not one of \(drivers.map(\.description).joined(separator: ", "))")
        }
    }

    public struct Link: Hashable, Sendable {
        public var interface: String?
        /// Bits per second.
        public var capacity: Int?

        public init() {}
    }
}

extension NetworkSettings: Confidential {}
