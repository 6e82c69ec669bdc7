import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// `nac session extend`.
struct SessionExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Make a session last longer.",
        discussion: "A session lasts at most as long as its profile allows, and at most 24 hours; the answer shows its new end.")

    @OptionGroup var session: SessionArgument

    @Option(help: ArgumentHelp("How much longer: seconds, or 90s, 10m, 2h, 1h30m.", valueName: "duration"))
    var by: String

    @OptionGroup(title: "Common options") var common: CommonOptions

    func validate() throws {
        _ = try reading("--by") { () throws(InvalidValue) in try DurationOption.read(by) }
    }

    func run() async throws {
        try await common.show { client in
            let duration = try DurationOption.read(by)
            return SessionDetails(session: try await client.sessions.get(session.id(of: client, common)).extend(by: duration))
        }
    }
}
