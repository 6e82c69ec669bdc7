import ArgumentParser
import Platform

extension Suggestion {
    /// A suggestion for a word that is not a command, as in `nac sesion`.
    ///
    /// - Parameters:
    ///   - message: The message of ArgumentParser.
    ///   - help: The help command that the message names, such as `nac session --help`.
    static func forCommand(_ message: String, in help: String) -> String? {
        guard message.contains("nexpected argument"), let word = message.split(separator: "'").dropFirst().first else { return nil }
        var command: any ParsableCommand.Type = NAC.self
        for name in help.split(separator: " ").dropFirst() where !name.hasPrefix("-") {
            guard let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == String(name) }) else { return nil }
            command = next
        }
        let names = command.configuration.subcommands.flatMap { [$0.configuration.commandName].compactMap(\.self) + $0.configuration.aliases }
        return nearest(to: String(word), in: names)
    }
}
