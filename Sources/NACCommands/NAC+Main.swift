import ArgumentParser
import Foundation

extension NAC {
    /// Runs the command in the process's arguments, and ends the process with the command's status.
    public static func main() async {
        Foundation.exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Runs one command. The output of the command goes to the current ``Surroundings``.
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
