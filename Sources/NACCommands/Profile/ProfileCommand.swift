import ArgumentParser

/// `nac profile`.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "The QoS profiles that sessions can have.",
        subcommands: [ProfileListCommand.self, ProfileGetCommand.self])
}
