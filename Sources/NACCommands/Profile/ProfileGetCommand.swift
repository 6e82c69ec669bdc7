import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// `nac profile get`.
struct ProfileGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show what a profile promises.", aliases: ["show"])

    @Argument(help: "The profile's name, such as QOS_L.") var profile: String
    @OptionGroup(title: "Common options") var common: CommonOptions

    func validate() throws {
        _ = try reading("<profile>") { () throws(InvalidValue) in try QualityOnDemand.QoSProfileName(profile) }
    }

    func run() async throws {
        try await common.show { client in
            ProfileDetails(profile: try await ProfileSuggestion.advising(profile, client) { try await client.profiles.get(.init(profile)) })
        }
    }
}
