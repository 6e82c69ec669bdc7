import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// `nac session get`.
struct SessionGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one session.", aliases: ["show"])

    @OptionGroup var session: SessionArgument
    @Flag(help: "Show the session's events and the state of their delivery instead, also for a session that has ended.")
    var events = false
    @Flag(help: "Show the session's measured traffic beside its promised rates instead.")
    var traffic = false
    @OptionGroup(title: "Common options") var common: CommonOptions

    func validate() throws {
        guard !(events && traffic) else { throw ValidationError("--events and --traffic: give only one of them") }
    }

    func run() async throws {
        if traffic {
            try await common.show { client in SessionTrafficAnswer(traffic: try await client.sessions.traffic(of: session.id(of: client, common))) }
        } else if events {
            try await common.show { client in SessionEvents(events: try await client.sessions.events(of: session.id(of: client, common))) }
        } else {
            try await common.show { client in
                await SessionDetails(session: try await client.sessions.get(session.id(of: client, common)), of: client)
            }
        }
    }
}
