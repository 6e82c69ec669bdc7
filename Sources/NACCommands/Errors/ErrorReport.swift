import ArgumentParser
import NetworkAsCode
import QualityOnDemand

/// What is said of a failure on standard error, and the status that goes with it.
struct ErrorReport: Equatable {
    var status: ExitStatus
    /// Each becomes a line of its own, after `nac: `.
    var lines: [String]

    init(status: ExitStatus, lines: [String]) {
        self.status = status
        self.lines = lines
    }

    init(_ error: any Error) {
        switch error {
        case let failure as CallFailure:
            self.init(failure)
        case let error as UsageError:
            self.init(status: .usage, lines: ["\(error.message); see \(error.helpCommand)"])
        case is Interrupted:
            self.init(status: .interrupted, lines: [])
        case let error as ToldAlready:
            self.init(status: error.status, lines: [])
        case let error as WriteError where error.isReaderGone:
            self.init(status: ExitStatus(error), lines: [])
        case is SettingError, is WriteError, is ListenError, is LabError:
            self.init(status: ExitStatus(error), lines: ["\(error)"])
        default:
            let status = ExitStatus(error)
            self = status == .failure ? ErrorReport(parsing: error) : ErrorReport(status: status, lines: ["\(error)"])
        }
    }

    /// The text for standard error.
    var text: String {
        lines.map { "nac: \(TextWidth.printable($0))\n" }.joined()
    }

    /// What ArgumentParser found, or any error that it does not know.
    private init(parsing error: any Error) {
        let isUsage = NAC.exitCode(for: error) == .validationFailure
        let message = NAC.message(for: error)
        let help = isUsage ? Self.helpCommand(in: NAC.fullMessage(for: error)).map { "; see \($0)" } ?? "" : ""
        self.init(status: isUsage ? .usage : .failure, lines: [message.isEmpty ? "failed without a reason" : message + help])
    }

    /// ArgumentParser tells which command it was only in the last line of its message: "See 'nac … --help' for more information."
    private static func helpCommand(in message: String) -> String? {
        guard let line = message.split(separator: "\n").last(where: { $0.contains("See '") }) else { return nil }
        return line.split(separator: "'").dropFirst().first.map(String.init)
    }
}

/// A call to the platform that failed, and what the advice depends on.
struct CallFailure: Error {
    let error: NetworkAsCodeError
    let connection: Connection
}

extension ErrorReport {
    private init(_ failure: CallFailure) {
        let error = failure.error
        var lines = [Self.line(error) + (Advice.text(for: failure).map { "; \($0)" } ?? "")]
        lines += error.sessionFailures.map { "session \($0.sessionID): \(Self.line($0.error))" }
        self.init(status: ExitStatus(error), lines: lines)
    }

    /// The message first, because people read that; then what programs and support need.
    private static func line(_ error: NetworkAsCodeError) -> String {
        guard error.httpStatus != nil else { return error.message }
        let correlator = error.xCorrelator.map { ", x-correlator \($0)" } ?? ""
        // A sentence's full stop would stand in the middle.
        let message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        return "\(message) (\(error.code)\(correlator))"
    }
}
