import Access
import Logging
import NIOCore
import Operations
import QoDServer
import QualityOnDemand
import SandboxAuthorization
import ServiceLifecycle
import SessionEngine
import Southbound
import UnixSignals

/// The open parts of a platform, and the services that they become.
struct Composition {
    /// The settings, completed with the facts of the open store.
    private let settings: PlatformSettings
    private let clock: any EngineClock
    private let ledger: ResourceLedger
    private let sites: [PlatformSite]
    private let opened: PlatformParts.OpenStore
    private let engine: SessionEngine
    private let registry: PrometheusRegistry
    private let logger: Logger

    /// Makes the networks of the sites, opens the store, and makes the engine.
    ///
    /// - Parameter registry: the metrics system of the process.
    init(
        _ given: PlatformSettings, profiles: ProfileCatalogue, parts: PlatformParts, machine: Machine,
        registry: PrometheusRegistry, logger: Logger
    ) async throws {
        var settings = given
        ledger = ResourceLedger(ResourceLimits(machine, settings.wishedLimits))
        sites = try await PlatformSite.all(settings, profiles: profiles, parts: parts, logger: logger)
        opened = try parts.openStore(settings.store)
        for resource in opened.statistics.resources { ledger.add(ResourceAccount(resource)) }
        settings.hasStoredKeys = try await opened.apiKeys.hasAPIKeys()
        try settings.checkReach()
        engine = SessionEngine(
            store: opened.store, sites: sites.map(\.engineSite), configuration: settings.engine, clock: parts.clock, logger: logger)
        clock = parts.clock
        self.settings = settings
        self.registry = registry
        self.logger = logger
    }

    /// Runs the services until a signal stops them, and closes the store.
    func run(
        rereading: @escaping @Sendable () throws -> PlatformSettings,
        onListening: @escaping @Sendable (PlatformAddress) async -> Void
    ) async throws {
        let authorizationServer = try await settings.authorizationServer(testDevices: sites.testDevices)
        let courier = Courier(
            store: opened.deliveries, sink: try await settings.sink(ledger), configuration: settings.delivery(ledger),
            leases: engine.leases, clock: clock, logger: logger)
        let server = try server(authorizationServer)
        // The log begins only here: a start that fails earlier prints one line about the reason and nothing else.
        logger.notice("The platform starts", metadata: ["version": "\(BuildInformation.current)"])
        logger.info("Resources", metadata: ledger.summary)
        let application = server.application { [settings, sites] port in
            await onListening(PlatformAddress(settings, port: port, hasTestDevices: sites.testDevices != nil))
        }
        let reloader = Reloader(read: rereading, sites: sites, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: NamedService("engine", engine)), .init(service: NamedService("courier", courier)),
                    .init(service: NamedService("server", application)), .init(service: NamedService("reloader", reloader)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            // The store counts an end with an error as an orderly end: the next start need not search for a session
            // that caused it.
            try? opened.close()
            throw (error as? IOError).map { ListenError($0, settings.server) } ?? error
        }
        try opened.close()
    }

    private func server(_ authorizationServer: AuthorizationServer?) throws -> QoDServer {
        let keys = settings.isOpenToAnybody ? PlatformSettings.sandboxKeys : settings.keys
        let stored = StoredKeyAuthenticator(
            store: opened.apiKeys, otherwise: APIKeyAuthenticator(keys: keys.map { (ClientID($0.client), $0.key) }),
            configuration: settings.access.keyLookUps)
        ledger.add(ResourceAccount(stored.lookUps))
        return QoDServer(
            engine: engine,
            authenticator: try settings.authenticator(
                keys: stored, sandbox: authorizationServer, ledger: ledger, clock: clock, logger: logger),
            configuration: settings.serverConfiguration,
            sandbox: settings.isOpenToAnybody ? sites.testDevices.map { Sandbox(devices: $0) } : nil,
            additionalRoutes: authorizationServer.map { [$0] } ?? [],
            metrics: settings.shownMetrics(registry, statistics: opened.statistics, networks: sites.kinds),
            tls: try settings.transportSecurity(logger: logger), ledger: ledger, clock: clock, logger: logger)
    }
}
