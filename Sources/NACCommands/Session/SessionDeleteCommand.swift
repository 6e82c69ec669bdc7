import ArgumentParser
import NetworkAsCode

/// `nac session delete`.
struct SessionDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "End one session.")

    @OptionGroup var session: SessionArgument
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in
            let session = try await client.sessions.get(session.id)
            try await session.delete()
            return DeletedSession(id: session.id)
        }
    }
}
