import ArgumentParser
import NetworkAsCode

/// `nac session list`.
struct SessionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a device's sessions, at most 100.", aliases: ["ls"])

    @OptionGroup(title: "The device") var device: DeviceOptions
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in SessionList(sessions: try await device.device(of: client, common).sessions()) }
    }
}
