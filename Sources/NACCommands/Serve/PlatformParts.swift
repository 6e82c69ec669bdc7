public import Logging
public import QoDServer
public import SessionEngine

/// The concrete stores and networks, which only the executable knows; `nac serve` puts them together.
public struct PlatformParts: Sendable {
    /// Opens the store in a file, or in memory for `:memory:`; with a file of keys that seal what is secret in it.
    public var openStore: @Sendable (_ path: String, _ keyFile: String?) throws -> OpenStore
    /// Opens the API keys in a file, also while a platform runs over it; makes the file where that is allowed.
    public var openKeys: @Sendable (_ path: String, _ mayCreate: Bool) throws -> OpenKeys
    /// Makes the network and what belongs to it.
    public var makeNetwork: @Sendable (NetworkSettings, Logger) throws -> Network

    /// The clock by which everything waits.
    public var clock: any EngineClock

    public init(
        clock: any EngineClock = SystemClock(),
        openStore: @escaping @Sendable (_ path: String, _ keyFile: String?) throws -> OpenStore,
        openKeys: @escaping @Sendable (_ path: String, _ mayCreate: Bool) throws -> OpenKeys,
        makeNetwork: @escaping @Sendable (NetworkSettings, Logger) throws -> Network
    ) {
        self.clock = clock
        self.openStore = openStore
        self.openKeys = openKeys
        self.makeNetwork = makeNetwork
    }

    /// The parts of this process, set round `main`.
    @TaskLocal public static var current: PlatformParts?

    /// A store with the API keys beside it, and how to close both.
    public struct OpenStore: Sendable {
        public var store: any SessionStore
        /// The same store's outbox.
        public var deliveries: any DeliveryStore
        public var apiKeys: any APIKeyStore
        /// The same store's figures.
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

    /// API keys, and how to close them.
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
        /// Throws what keeps the network from being programmed, for the start to end with.
        public var check: @Sendable () async throws -> Void = {}
        /// What an administrator would type to have the network serve these sessions; `nil` where it is not programmed so.
        public var plan: (@Sendable ([Grant]) -> String)?
        /// Takes on settings that were changed while it runs, those that it can.
        public var reload: (@Sendable (NetworkSettings) async throws -> Void)?

        public init(driver: any NetworkDriver, directory: any DeviceDirectory, testDevices: [SandboxDevice]? = nil) {
            self.driver = driver
            self.directory = directory
            self.testDevices = testDevices
        }
    }
}
