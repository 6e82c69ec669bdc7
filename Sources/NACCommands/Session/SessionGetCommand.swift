import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// `nac session get`.
struct SessionGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one session.")

    @OptionGroup var session: SessionArgument
    @Flag(help: "Show its events and how far their delivery has come instead; also of a session that has ended.")
    var events = false
    @Flag(help: "Show what its traffic really got instead, beside what was promised.")
    var traffic = false
    @OptionGroup(title: "Common options") var common: CommonOptions

    func validate() throws {
        guard !(events && traffic) else { throw ValidationError("--events and --traffic: one of them is possible, not both") }
    }

    func run() async throws {
        if traffic {
            try await common.show { client in SessionTrafficAnswer(traffic: try await client.sessions.traffic(of: session.id)) }
        } else if events {
            try await common.show { client in SessionEvents(events: try await client.sessions.events(of: session.id)) }
        } else {
            try await common.show { client in SessionDetails(session: try await client.sessions.get(session.id)) }
        }
    }
}

/// Which session.
struct SessionArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The session's id, as nac session create and list show it.", valueName: "session-id"))
    var id: String

    func validate() throws {
        guard (1...256).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), id != ".", id != ".." else {
            throw ValidationError("<session-id>: \"\(Excerpt.of(id))\" is not the id of a session, which is a UUID")
        }
    }
}
