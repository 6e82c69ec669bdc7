import ArgumentParser

/// A mistake in the command line that shows only when the command runs.
struct UsageError: Error {
    let message: String
    let command: any ParsableCommand.Type

    /// The command that explains more, such as `nac session list --help`.
    var helpCommand: String {
        let usage = NAC.usageString(for: command).split(separator: " ").drop { $0 != "nac" }
        return (usage.prefix { !$0.hasPrefix("[") && !$0.hasPrefix("<") && !$0.hasPrefix("-") } + ["--help"]).joined(separator: " ")
    }
}
