import ArgumentParser
import NetworkAsCode

/// `nac session clear`.
struct SessionClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "clear", abstract: "End all of a device's sessions, however many there are.")

    @OptionGroup(title: "The device") var device: DeviceOptions
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in ClearedSessions(ids: try await device.device(of: client, common).clearSessions()) }
    }
}
