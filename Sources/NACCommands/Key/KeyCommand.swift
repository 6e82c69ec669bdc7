import ArgumentParser

/// `nac key`.
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "API keys for clients that have no identity provider.",
        discussion: """
            These commands work on the platform's database, on the machine where it is, whether the platform runs or not. A new key works at \
            once; a revoked one stops working within 2 seconds. Once a database holds a key, even a revoked one, the sandbox's own keys do not \
            work from the next start on.
            """,
        subcommands: [KeyCreateCommand.self, KeyListCommand.self, KeyRevokeCommand.self])
}
