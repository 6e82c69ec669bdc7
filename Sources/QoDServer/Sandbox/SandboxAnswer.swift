import CAMARA
import HTTPTypes
import QualityOnDemand

/// A phone number that stands for an answer, so that a developer can test an application with every answer.
///
/// A request that names the number, in its body or by its access token, gets the answer. The numbers are `+9999999n`
/// for n from 6000 to 6999; unlisted numbers of this range are unknown, like any other number.
struct SandboxAnswer: Hashable, Sendable {
    let number: Int
    let behaviour: Behaviour

    enum Behaviour: Hashable, Sendable {
        /// The platform refuses the request and changes nothing.
        case error(status: Int, code: ErrorCode, retryAfter: Int? = nil)
        /// The platform executes the request, and answers after this number of seconds.
        case slow(seconds: Int)
        /// The platform closes the connection without an answer, either after the request was executed or before.
        case lost(isDone: Bool)
    }

    var phoneNumber: String { "+9999999\(number)" }

    /// Every number that stands for an answer, in order.
    static let all: [SandboxAnswer] = errors + slow + [
        SandboxAnswer(number: 6900, behaviour: .lost(isDone: true)), SandboxAnswer(number: 6901, behaviour: .lost(isDone: false)),
    ]

    private static let byPhoneNumber = Dictionary(uniqueKeysWithValues: all.map { ($0.phoneNumber, $0) })

    /// The answer that a device's phone number stands for.
    static func of(_ device: Device) -> SandboxAnswer? {
        device.phoneNumber.flatMap { byPhoneNumber[$0.description] }
    }

    /// Delays from one second to ninety-nine.
    private static let slow = (1...99).map { SandboxAnswer(number: 6800 + $0, behaviour: .slow(seconds: $0)) }

    /// The numbers from 6400 on have a status in their last three digits, and the status's usual code. The numbers
    /// from 6600 on have the other codes.
    private static let errors: [SandboxAnswer] = [
        error(6400, 400, .invalidArgument), error(6401, 401, .unauthenticated), error(6403, 403, .permissionDenied), error(6404, 404, .notFound),
        error(6405, 405, .methodNotAllowed), error(6409, 409, .conflict), error(6410, 410, .gone), error(6413, 413, .payloadTooLarge),
        error(6415, 415, .unsupportedMediaType), error(6422, 422, .serviceNotApplicable), error(6429, 429, .tooManyRequests, retryAfter: 1),
        error(6500, 500, .internalError), error(6503, 503, .unavailable, retryAfter: 1),
        error(6601, 400, .outOfRange), error(6602, 400, .durationOutOfRange), error(6603, 400, .invalidCredential), error(6604, 400, .invalidToken),
        error(6605, 400, .invalidSink), error(6606, 404, .identifierNotFound), error(6607, 409, .sessionExtensionNotAllowed),
        error(6608, 422, .missingIdentifier), error(6609, 422, .unsupportedIdentifier), error(6610, 422, .unnecessaryIdentifier),
        error(6611, 422, .qosProfileNotApplicable), error(6612, 422, .assignmentProfileNotApplicable),
        error(6613, 422, .privateKeyJWTNotConfigured), error(6614, 429, .quotaExceeded),
    ]

    private static func error(_ number: Int, _ status: Int, _ code: ErrorCode, retryAfter: Int? = nil) -> SandboxAnswer {
        SandboxAnswer(number: number, behaviour: .error(status: status, code: code, retryAfter: retryAfter))
    }
}

extension SandboxAnswer {
    /// The error that refuses the request; `nil` if the platform executes the request.
    var refusal: APIError? {
        switch behaviour {
        case .error(let status, let code, let retryAfter):
            APIError(
                HTTPResponse.Status(code: status), code, "The test number \(phoneNumber) stands for this answer.", retryAfter: retryAfter,
                allowedMethods: status == 405 ? "GET" : nil)
        case .lost(isDone: false): APIError(.serviceUnavailable, .unavailable, "The test number \(phoneNumber) stands for no answer.")
        case .slow, .lost(isDone: true): nil
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("phoneNumber", phoneNumber)
            switch behaviour {
            case .error(let status, let code, _):
                json.write("answer", "error")
                json.write("status", status)
                json.write("code", code.description)
            case .slow(let seconds):
                json.write("answer", "slow")
                json.write("seconds", seconds)
            case .lost(let isDone):
                json.write("answer", isDone ? "lostAfterwards" : "lostBefore")
            }
        }
    }
}
