import ArgumentParser
import CAMARA
import Lab
import NetworkAsCode
import Platform
import QualityOnDemand

/// The report of a failure: the text for standard error, and the exit status.
struct ErrorReport: Equatable {
    var status: ExitStatus
    /// Each element becomes a line of its own, after `nac: `.
    var lines: [String]
    /// The same report for programs.
    var details = Details()

    /// The parts of the report that a program reads separately.
    struct Details: Equatable {
        var code: String?
        var message: String?
        var advice: String?
        var httpStatus: Int?
        var xCorrelator: String?
        /// In seconds.
        var retryAfter: Int?
        var sessionID: String?
        var conflictingSessionID: String?
        var sessions: [Session] = []

        struct Session: Equatable {
            var id: String
            var code: String
            var message: String
        }
    }

    init(status: ExitStatus, lines: [String]) {
        self.status = status
        self.lines = lines
    }

    init(_ error: any Error) {
        switch error {
        case let failure as CallFailure:
            self.init(failure)
        case let refused as RefusedSession:
            self.init(refused)
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

    /// The text for standard error: lines for people, or one document for programs. The text is empty if there is
    /// nothing to report.
    func text(_ format: OutputFormat = .table) -> String {
        guard format == .json, !lines.isEmpty else { return lines.map { "nac: \(TextWidth.printable($0))\n" }.joined() }
        return String(decoding: JSONWriter.document { write(to: &$0) }, as: UTF8.self) + "\n"
    }

    /// The report of an error from ArgumentParser, or of an error of an unknown type.
    private init(parsing error: any Error) {
        let isUsage = NAC.exitCode(for: error) == .validationFailure
        var message = NAC.message(for: error)
        let help = isUsage ? Self.helpCommand(in: NAC.fullMessage(for: error)).map { "; see \($0)" } ?? "" : ""
        if let command = Self.helpCommand(in: NAC.fullMessage(for: error)), let suggestion = Suggestion.forCommand(message, in: command) {
            message += "; did you mean \(suggestion)?"
        }
        message = message.replacing(". Did you mean", with: "; did you mean")
        self.init(status: isUsage ? .usage : .failure, lines: [message.isEmpty ? "failed without a reason" : message + help])
    }

    /// ArgumentParser names the command only in the last line: "See 'nac … --help' for more information."
    private static func helpCommand(in message: String) -> String? {
        guard let line = message.split(separator: "\n").last(where: { $0.contains("See '") }) else { return nil }
        return line.split(separator: "'").dropFirst().first.map(String.init)
    }
}

/// A failed call to the platform, with the connection that the advice depends on.
struct CallFailure: Error {
    let error: NetworkAsCodeError
    let connection: Connection
    /// Advice for this case, which replaces the general advice.
    var advice: String?
}

extension ErrorReport {
    private init(_ failure: CallFailure) {
        let error = failure.error
        let advice = failure.advice ?? Advice.text(for: failure)
        var lines = [Self.line(error) + (advice.map { "; \($0)" } ?? "")]
        lines += error.sessionFailures.map { "session \($0.sessionID): \(Self.line($0.error))" }
        self.init(status: ExitStatus(error), lines: lines)
        details = Details(
            code: error.code, message: error.message, advice: advice, httpStatus: error.httpStatus, xCorrelator: error.xCorrelator,
            retryAfter: error.retryAfter.map { Int($0.components.seconds) }, sessionID: error.sessionID,
            conflictingSessionID: error.conflictingSessionID,
            sessions: error.sessionFailures.map { .init(id: $0.sessionID, code: $0.error.code, message: $0.error.message) })
    }

    private init(_ refused: RefusedSession) {
        self.init(status: .refused, lines: ["\(refused.message); \(refused.advice)"])
        details = Details(
            code: NetworkAsCodeError.Kind.sessionEnded.code, message: refused.message, advice: refused.advice, sessionID: refused.id)
    }

    /// The message comes first, because people read it. The code and the correlator follow for programs and support.
    private static func line(_ error: NetworkAsCodeError) -> String {
        guard error.httpStatus != nil else { return error.message }
        let correlator = error.xCorrelator.map { ", x-correlator \($0)" } ?? ""
        // The message's full stop would stand in the middle of the line.
        let message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        return "\(message) (\(error.code)\(correlator))"
    }

    /// Writes one object, always with `exitStatus`, `code` and `message`.
    private func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("exitStatus", Int(status.rawValue))
            json.write("code", details.code ?? status.code)
            json.write("message", details.message ?? lines.joined(separator: "; "))
            json.write("advice", details.advice)
            json.write("httpStatus", details.httpStatus)
            json.write("xCorrelator", details.xCorrelator)
            json.write("retryAfter", details.retryAfter)
            json.write("sessionId", details.sessionID)
            json.write("conflictingSessionId", details.conflictingSessionID)
            guard !details.sessions.isEmpty else { return }
            json.name("sessions")
            json.array(details.sessions) { json, session in
                json.object { json in
                    json.write("sessionId", session.id)
                    json.write("code", session.code)
                    json.write("message", session.message)
                }
            }
        }
    }
}
