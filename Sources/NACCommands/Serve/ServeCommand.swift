import Access
import UnixSignals
public import ArgumentParser
import CoreMetrics
import Foundation
import Logging
import NIOCore
import Operations
import QoDServer
import QualityOnDemand
import ServiceLifecycle
import SessionEngine
import Southbound

/// `nac serve`: the platform.
public struct ServeCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the Quality-on-Demand platform.",
        discussion: """
            Without a configuration it is the Developer Sandbox on 127.0.0.1:9091: a simulated network with test devices, sessions in ./nac.db.

            Settings, in a YAML file as keys, in the environment as NAC_ and the key in capitals with underscores:

            \(SettingKey.all.map { "  \($0.path)\n      \($0.help)" }.joined(separator: "\n"))
            """)

    @Option(help: "Address to listen on (server.host).") var host: String?
    @Option(help: "Port to listen on, 0 for any (server.port).") var port: String?
    @Option(help: "Where sessions are kept: sqlite:PATH (database).") var database: String?
    @Option(help: "Network to program: simulated or linux (network.driver).") var network: String?
    @Flag(inversion: .prefixedNo, help: "Whether a root queueing discipline of somebody else's is replaced (network.takeOver).")
    var takeOver: Bool?
    @Flag(help: "Print what the network would be programmed with for the sessions in the database, and change nothing.")
    var dryRun = false
    @Option(help: "Configuration file, YAML.") var config: String?
    @Flag(inversion: .prefixedNo, help: "Whether sinks without TLS are taken (notifications.allowHttpSinks).")
    var allowHttpSinks: Bool?
    @Flag(inversion: .prefixedNo, help: "Whether sinks that the Internet does not reach are taken (notifications.allowPrivateSinks).")
    var allowPrivateSinks: Bool?
    @Option(help: "Least level that is logged: trace, debug, info, notice, warning, error, critical (log.level).") var logLevel: String?
    @Option(help: "Form of the log's lines: text or json (log.format).") var logFormat: String?

    @OptionGroup var limits: LimitOptions
    @OptionGroup var devices: GatewayDeviceOptions

    public init() {}

    public func run() async throws {
        guard let parts = PlatformParts.current else { preconditionFailure("the executable sets the parts round main") }
        let reader = SettingsReader(flags: flags, environment: SettingsReader.ownVariables(ProcessInfo.processInfo.environment), file: config)
        var settings = try reader.read()
        let profiles = try settings.profilesFile.map(ProfilesFile.read) ?? ProfileCatalogue()
        if dryRun { return try await DryRun(settings: settings, profiles: profiles, parts: parts).print() }
        let writer = LogWriter.standardError(settings.logFormat, label: Self.label) { parts.clock.now }
        defer { writer.flush() }
        // The limit on open descriptors is raised before anything opens descriptors.
        let machine = Machine.prepared()
        // The registry exists before all other parts, because each part asks for its metrics when it is made.
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        try await Self.serve(
            &settings, from: reader, profiles: profiles, parts: parts, registry: registry, machine: machine,
            logger: Self.logger(settings, writer, parts.clock))
    }

    private var flags: [String: String] {
        let given: [String: String?] = [
            "server.host": host, "server.port": port, "database": database, "network.driver": network, "log.level": logLevel,
            "network.takeOver": takeOver.map(\.description),
            "log.format": logFormat,
            "notifications.allowHttpSinks": allowHttpSinks.map(\.description),
            "notifications.allowPrivateSinks": allowPrivateSinks.map(\.description),
        ]
        return given.compactMapValues { $0 }.merging(limits.flags) { first, _ in first }.merging(devices.flags) { first, _ in first }
    }

    private static let label = "nac"

    private static func logger(_ settings: ServeSettings, _ writer: LogWriter, _ clock: any EngineClock) -> Logger {
        var logger = Logger(label: label) { LineLogHandler(label: $0, format: settings.logFormat, writer: writer) { clock.now } }
        logger.logLevel = settings.logLevel
        return logger
    }

    /// Opens the store, whose readers and queues are shown with the other resources.
    private static func open(
        _ settings: StoreSettings, _ parts: PlatformParts, _ ledger: ResourceLedger
    ) throws -> PlatformParts.OpenStore {
        let opened = try parts.openStore(settings)
        for resource in opened.statistics.resources {
            ledger.add(ResourceAccount(resource))
        }
        return opened
    }

    private static func serve(
        _ settings: inout ServeSettings, from reader: SettingsReader, profiles: ProfileCatalogue, parts: PlatformParts,
        registry: PrometheusRegistry, machine: Machine, logger: Logger
    ) async throws {
        let ledger = ResourceLedger(ResourceLimits(machine, settings.wishedLimits))
        let network = try parts.makeNetwork(settings.network, logger)
        try await network.check()
        let opened = try open(settings.store, parts, ledger)
        settings.hasStoredKeys = try await opened.apiKeys.hasAPIKeys()
        try settings.checkReach()
        let engine = SessionEngine(
            store: opened.store, network: network.driver, directory: network.directory, profiles: profiles,
            configuration: settings.engine, clock: parts.clock, logger: logger)
        let keys = settings.isOpenToAnybody ? ServeSettings.sandboxKeys : settings.keys
        let authorizationServer = try await settings.authorizationServer(testDevices: network.testDevices)
        let courier = Courier(
            store: opened.deliveries, sink: try await settings.sink(ledger), configuration: settings.delivery(ledger), clock: parts.clock,
            logger: logger)
        let stored = StoredKeyAuthenticator(
            store: opened.apiKeys, otherwise: APIKeyAuthenticator(keys: keys.map { (ClientID($0.client), $0.key) }),
            configuration: settings.access.keyLookUps)
        ledger.add(ResourceAccount(stored.lookUps))
        let server = QoDServer(
            engine: engine,
            authenticator: try settings.authenticator(
                keys: stored, sandbox: authorizationServer, ledger: ledger, clock: parts.clock, logger: logger),
            configuration: settings.serverConfiguration,
            sandbox: settings.isOpenToAnybody ? network.testDevices.map { Sandbox(devices: $0, network: network.driver) } : nil,
            additionalRoutes: authorizationServer.map { [$0] } ?? [],
            metrics: settings.shownMetrics(registry, statistics: opened.statistics, network: network.driver.name),
            tls: try settings.transportSecurity(logger: logger), ledger: ledger, clock: parts.clock, logger: logger)
        // The log begins only here: a start that fails earlier prints one line about the reason and nothing else.
        logger.notice("The platform starts", metadata: ["version": "\(BuildInformation.current)"])
        logger.info("Resources", metadata: ledger.summary)
        let application = server.application { [settings] port in
            Greeting(settings: settings, port: port, hasTestDevices: network.testDevices != nil).print()
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: NamedService("engine", engine)), .init(service: NamedService("courier", courier)),
                    .init(service: NamedService("server", application)),
                    .init(service: NamedService("reloader", Reloader(reader: reader, network: network, logger: logger))),
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
}
