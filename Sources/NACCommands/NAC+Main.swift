import ArgumentParser
import Foundation
public import Platform

extension NAC {
    /// Runs the command in the process's arguments, and ends the process with the command's status.
    ///
    /// - Parameter parts: the stores and networks for the commands that need them.
    public static func main(_ parts: PlatformParts) async {
        Foundation.exit(await run(Array(CommandLine.arguments.dropFirst()), parts).rawValue)
    }

    /// Whether the process's arguments ask for a running platform.
    public static var isServing: Bool {
        CommandLine.arguments.dropFirst().first == ServeCommand.configuration.commandName
    }

    /// Runs one command. The output of the command goes to the current ``Surroundings``.
    static func run(_ arguments: [String], _ parts: PlatformParts) async -> ExitStatus {
        do {
            let command = try await asyncParseAsRoot(arguments)
            do {
                try await run(command, parts)
            } catch let error as ValidationError {
                throw UsageError(message: error.message, command: type(of: command))
            }
            return .success
        } catch {
            return report(error, format(of: arguments))
        }
    }

    private static func run(_ command: any ParsableCommand, _ parts: PlatformParts) async throws {
        switch command {
        case let command as any PlatformCommand: try await command.run(parts)
        case var command as any AsyncParsableCommand: try await command.run()
        default:
            var command = command
            try command.run()
        }
    }

    /// The form in which errors are reported, also errors of a command line that cannot be parsed.
    private static func format(of arguments: [String]) -> OutputFormat {
        let values = zip(arguments, arguments.dropFirst()).filter { $0.0 == "--format" }.map(\.1)
        let joined = arguments.filter { $0.hasPrefix("--format=") }.map { String($0.dropFirst(9)) }
        return (values + joined).contains(OutputFormat.json.rawValue) ? .json : .table
    }

    private static func report(_ error: any Error, _ format: OutputFormat) -> ExitStatus {
        let surroundings = Surroundings.current
        do throws(WriteError) {
            // ArgumentParser treats a request for help as an error too.
            if exitCode(for: error).isSuccess {
                try surroundings.output.write(fullMessage(for: error) + "\n")
                return .success
            }
            let report = ErrorReport(error)
            try surroundings.errors.write(report.text(format))
            return report.status
        } catch {
            return ExitStatus(error)
        }
    }
}

/// A command that needs the concrete parts of the platform. ``NAC`` calls it in place of `run()`.
protocol PlatformCommand: AsyncParsableCommand {
    func run(_ parts: PlatformParts) async throws
}
