import ArgumentParser
import Foundation

extension NAC {
    /// Runs the command that the process was given, and ends the process with its status.
    public static func main() async {
        Foundation.exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Runs one command; what it has to say goes to the current ``Surroundings``.
    static func run(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try await asyncParseAsRoot(arguments)
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            } catch let error as ValidationError {
                throw UsageError(message: error.message, command: type(of: command))
            }
            return .success
        } catch {
            return report(error, format(of: arguments))
        }
    }

    /// How errors are to be told, also those of a command line that cannot be read.
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
