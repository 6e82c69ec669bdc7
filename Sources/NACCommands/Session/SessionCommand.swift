import ArgumentParser

/// `nac session`.
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Create, see, extend and end QoD sessions.",
        discussion: "Every command sees the sessions that the same token created, and no others.",
        subcommands: [
            SessionCreateCommand.self, SessionGetCommand.self, SessionListCommand.self, SessionExtendCommand.self,
            SessionDeleteCommand.self, SessionClearCommand.self, SessionWatchCommand.self,
        ])
}
