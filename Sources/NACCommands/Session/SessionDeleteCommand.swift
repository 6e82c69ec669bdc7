import ArgumentParser
import NetworkAsCode

/// `nac session delete`.
struct SessionDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "End one session.", aliases: ["rm"])

    @OptionGroup var session: SessionArgument
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in
            let id = try await session.id(of: client, common)
            try await client.sessions.delete(id)
            return DeletedSession(id: id)
        }
    }
}
