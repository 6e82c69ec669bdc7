import ArgumentParser
import NetworkAsCode

/// `nac session watch`.
struct SessionWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a session until it ends.",
        discussion: """
            A terminal shows one line with a countdown. A pipe or a file gets a line for each change, or a document with --format json. \
            The command polls the platform often after a change, then less often, and at least once in 30 s.
            """)

    @OptionGroup var session: SessionArgument
    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.connect { client in
            let session = try await client.sessions.get(session.id(of: client, common))
            let surroundings = Surroundings.current
            if common.format == .table, surroundings.canRedraw {
                try await WatchScreen.run(session, surroundings)
            } else {
                try await log(session, Output(format: common.format, surroundings: surroundings))
            }
        }
    }

    private func log(_ session: QoDSession, _ output: Output) async throws {
        try output.show(SessionChange(session: session))
        for try await session in session.statusUpdates { try output.show(SessionChange(session: session)) }
    }
}
