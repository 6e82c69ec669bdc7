import ArgumentParser

/// `nac device`.
struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "The Developer Sandbox's test devices.", subcommands: [DeviceListCommand.self, DeviceAnswersCommand.self])
}
