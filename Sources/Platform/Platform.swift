import CoreMetrics
import Logging
import Operations
import QoDServer
import SessionEngine
import Southbound

/// The platform as a process: settings and parts, combined to services that run until a signal stops them.
public enum Platform {
    private static let label = "nac"

    /// Runs the platform until SIGTERM or SIGINT.
    ///
    /// The call sets up the metrics of the process and raises its limit on open descriptors, so a process calls it once
    /// and before it opens many descriptors.
    ///
    /// - Parameters:
    ///   - rereading: reads the settings again on SIGHUP.
    ///   - onListening: receives the address once the server accepts connections.
    /// - Throws: ``SettingError``, ``ListenError``, or the error of a store or a network that does not work.
    public static func run(
        _ settings: PlatformSettings, parts: PlatformParts, rereading: @escaping @Sendable () throws -> PlatformSettings,
        onListening: @escaping @Sendable (PlatformAddress) async -> Void
    ) async throws {
        let profiles = try profiles(settings)
        let writer = LogWriter.standardError(settings.logFormat, label: label) { parts.clock.now }
        defer { writer.flush() }
        // The limit on open descriptors is raised before anything opens descriptors.
        let machine = Machine.prepared()
        // The registry exists before all other parts, because each part asks for its metrics when it is made.
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let composition = try await Composition(
            settings, profiles: profiles, parts: parts, machine: machine, registry: registry, logger: logger(settings, writer, parts))
        try await composition.run(rereading: rereading, onListening: onListening)
    }

    static func profiles(_ settings: PlatformSettings) throws(SettingError) -> ProfileCatalogue {
        guard let file = settings.profilesFile else { return ProfileCatalogue() }
        return try ProfilesFile.read(file)
    }

    private static func logger(_ settings: PlatformSettings, _ writer: LogWriter, _ parts: PlatformParts) -> Logger {
        var logger = Logger(label: label) {
            LineLogHandler(label: $0, format: settings.logFormat, writer: writer) { parts.clock.now }
        }
        logger.logLevel = settings.logLevel
        return logger
    }
}
