import Logging
import QualityOnDemand
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP. The network then applies the settings that can change while it runs:
/// capacities and the reserve.
///
/// A configuration that cannot be read changes nothing.
struct Reloader: Service {
    let read: @Sendable () throws -> PlatformSettings
    let sites: [PlatformSite]
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { await reload() }
    }

    private func reload() async {
        guard sites.contains(where: { $0.network.reload != nil }) else {
            return logger.notice("SIGHUP: this network has nothing that can be changed while it runs")
        }
        do {
            let new = try read().allSites
            for site in sites {
                guard let reload = site.network.reload, let settings = new.first(where: { $0.name == site.configuration.name }) else { continue }
                try await reload(settings.network)
            }
            logger.notice("SIGHUP: the network's capacities were read again; other settings need a restart")
        } catch {
            logger.error("SIGHUP: the configuration was rejected; the former one stays in use", metadata: ["error": "\(error)"])
        }
    }
}

/// A service that shows its name only. The service group writes descriptions of its services to the log, and the
/// services hold all settings.
struct NamedService: Service, Confidential {
    let name: String
    private let service: any Service

    init(_ name: String, _ service: any Service) {
        self.name = name
        self.service = service
    }

    func run() async throws {
        try await service.run()
    }

    var description: String { name }
}
