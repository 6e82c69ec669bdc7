import Lab
import NetworkAsCode
import Platform
import SessionEngine
import Southbound

/// The exit status of the tool. The numbers come from sysexits.h, so that scripts can distinguish failures.
enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case usage = 64
    case notFound = 66
    case unreachable = 69
    case failure = 70
    case lab = 71
    case storage = 74
    case refused = 77
    case settings = 78
    case interrupted = 130

    var meaning: String {
        switch self {
        case .success: "done"
        case .usage: "the command line is wrong; nothing was sent"
        case .notFound: "no such session, profile, device or key"
        case .unreachable: "no answer: no connection, or not in time"
        case .failure: "anything else: the server failed, or its answer cannot be read"
        case .lab: "nac lab: not root, a tool is missing, or the lab is up already or not up"
        case .storage: "a file, the database or standard output cannot be read or written"
        case .refused: "refused, by the platform or by the network"
        case .settings: "nac serve, nac key: a setting is wrong"
        case .interrupted: "ended by Ctrl-C"
        }
    }

    /// The code for programs, if the API gives none.
    var code: String {
        switch self {
        case .success: "SUCCESS"
        case .usage: "USAGE"
        case .notFound: "NOT_FOUND"
        case .unreachable: "UNREACHABLE"
        case .failure: "FAILURE"
        case .lab: "LAB"
        case .storage: "STORAGE"
        case .refused: "REFUSED"
        case .settings: "SETTINGS"
        case .interrupted: "INTERRUPTED"
        }
    }

    /// All statuses with their meanings, for the help.
    static var list: String {
        allCases.map { status in
            let code = "\(status.rawValue)"
            return "  \(code)\(String(repeating: " ", count: 5 - code.count))\(status.meaning)"
        }.joined(separator: "\n")
    }
}

/// The exit status of each failure.
extension ExitStatus {
    init(_ error: any Error) {
        switch error {
        case let error as NetworkAsCodeError: self.init(error)
        case is SettingError: self = .settings
        case is StoreError: self = .storage
        case is LabError: self = .lab
        case is UnknownKey, is UnknownSession: self = .notFound
        case is RefusedSession: self = .refused
        case is NetworkError, is ListenError: self = .unreachable
        case let error as WriteError: self = error.isReaderGone ? .success : .storage
        case is Interrupted: self = .interrupted
        default: self = .failure
        }
    }

    private init(_ error: NetworkAsCodeError) {
        switch error.kind {
        // Without an HTTP status nothing was sent, so the mistake is in the command line.
        case .invalidArgument: self = error.httpStatus == nil ? .usage : .refused
        case .notFound: self = .notFound
        case .unauthorised, .forbidden, .conflict, .notApplicable, .rateLimited, .rejected, .sessionEnded: self = .refused
        case .connection, .timeout: self = .unreachable
        case .cancelled: self = .interrupted
        case .sessionsNotCleared: self = error.sessionFailures.first.map { ExitStatus($0.error) } ?? .failure
        default: self = .failure
        }
    }
}

/// The user ended the command, such as with Ctrl-C.
struct Interrupted: Error {}
