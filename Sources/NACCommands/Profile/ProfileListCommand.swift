import ArgumentParser
import NetworkAsCode

/// `nac profile list`.
struct ProfileListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the profiles; with a device, only the profiles that it can have.", aliases: ["ls"])

    @OptionGroup(title: "The device") var device: DeviceOptions
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in
            ProfileList(profiles: try await client.profiles.list(for: device.isGiven ? device.device(of: client, common) : nil))
        }
    }
}
