import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP. The network then applies the settings that can change while it runs:
/// capacities and the reserve.
///
/// A configuration that cannot be read changes nothing.
struct Reloader: Service {
    let reader: SettingsReader
    let network: PlatformParts.Network
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { await reload() }
    }

    private func reload() async {
        guard let reload = network.reload else {
            return logger.notice("SIGHUP: this network has nothing that can be changed while it runs")
        }
        do {
            try await reload(try reader.read().network)
            logger.notice("SIGHUP: the network's capacities were read again; other settings take a restart")
        } catch {
            logger.error("SIGHUP: the configuration was not taken, the former one stays", metadata: ["error": "\(error)"])
        }
    }
}
