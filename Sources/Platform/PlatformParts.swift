public import Access
public import Logging
public import QoDServer
public import SessionEngine
public import Southbound

/// The concrete stores and networks that the platform combines. Only the executable knows their types.
public struct PlatformParts: Sendable {
    /// Opens the store in a file, or in memory for `:memory:`. If a key file is given, its keys seal the secrets in
    /// the store.
    public var openStore: @Sendable (StoreSettings) throws -> OpenStore
    /// Opens the API keys in a file, also while a platform uses the file. With `mayCreate`, a missing file is created.
    public var openKeys: @Sendable (_ path: String, _ mayCreate: Bool) throws -> OpenKeys
    /// How to make a network of each driver that a configuration may name, with its directory and its test devices.
    public var networks: [NetworkSettings.Driver: MakeNetwork]

    public typealias MakeNetwork = @Sendable (NetworkSettings, Logger) throws -> Network

    /// The clock of the whole platform.
    public var clock: any EngineClock

    public init(
        clock: any EngineClock = SystemClock(),
        openStore: @escaping @Sendable (StoreSettings) throws -> OpenStore,
        openKeys: @escaping @Sendable (_ path: String, _ mayCreate: Bool) throws -> OpenKeys,
        networks: [NetworkSettings.Driver: MakeNetwork]
    ) {
        self.clock = clock
        self.openStore = openStore
        self.openKeys = openKeys
        self.networks = networks
    }

    /// The drivers that a configuration may name, the ones of the platform first.
    public var drivers: [NetworkSettings.Driver] {
        let others = networks.keys.filter { !NetworkSettings.Driver.own.contains($0) }.sorted { $0.description < $1.description }
        return NetworkSettings.Driver.own.filter { networks[$0] != nil } + others
    }

    /// - Throws: ``SettingError`` if there is no such driver, or if the settings do not suit the driver.
    func makeNetwork(_ settings: NetworkSettings, _ logger: Logger) throws -> Network {
        try settings.driver.check(among: drivers)
        guard let make = networks[settings.driver] else { throw SettingError("network.driver: is missing") }
        return try make(settings, logger)
    }

    /// A store with the API keys beside it. `close` closes both.
    public struct OpenStore: Sendable {
        public var store: any SessionStore
        /// The outbox of the same store.
        public var deliveries: any DeliveryStore
        public var apiKeys: any APIKeyStore
        /// The statistics of the same store.
        public var statistics: any StoreStatistics
        public var close: @Sendable () throws -> Void

        public init(
            store: any SessionStore, deliveries: any DeliveryStore, apiKeys: any APIKeyStore, statistics: any StoreStatistics,
            close: @escaping @Sendable () throws -> Void
        ) {
            self.store = store
            self.deliveries = deliveries
            self.statistics = statistics
            self.apiKeys = apiKeys
            self.close = close
        }
    }

    /// A store of API keys, and how to close the store.
    public struct OpenKeys: Sendable {
        public var store: any APIKeyStore
        public var close: @Sendable () throws -> Void

        public init(store: any APIKeyStore, close: @escaping @Sendable () throws -> Void) {
            self.store = store
            self.close = close
        }
    }

    /// A network, the directory of its devices, and for the sandbox its test devices.
    public struct Network: Sendable {
        public var driver: any NetworkDriver
        public var directory: any DeviceDirectory
        public var testDevices: [SandboxDevice]?
        /// Throws the reason why the network cannot be programmed. The start ends with this error.
        public var check: @Sendable () async throws -> Void = {}
        /// The text that an administrator would type to program the network for these sessions; `nil` if the network
        /// is not programmed with text.
        public var plan: (@Sendable ([Order]) -> String)?
        /// Applies changed settings while the network runs, as far as the network can; `nil` if no setting can change.
        public var reload: (@Sendable (NetworkSettings) async throws -> Void)?

        public init(driver: any NetworkDriver, directory: any DeviceDirectory, testDevices: [SandboxDevice]? = nil) {
            self.driver = driver
            self.directory = directory
            self.testDevices = testDevices
        }
    }
}
