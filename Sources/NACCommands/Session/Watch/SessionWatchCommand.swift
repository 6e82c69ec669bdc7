import ArgumentParser
import NetworkAsCode

/// `nac session watch`.
struct SessionWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a session until it ends.",
        discussion: """
            On a terminal it is one line with a countdown. Into a pipe or a file goes a line for each change, with --format json a document. \
            It asks the platform often after a change and then less and less, up to once in 30 s.
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
