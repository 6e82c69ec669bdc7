import CAMARA
import QualityOnDemand

/// The origins of errors.
extension NetworkAsCodeError {
    /// An argument that does not fit. The SDK sent nothing.
    init(_ invalid: InvalidValue) {
        self.init(.invalidArgument, message: "\(invalid)", underlyingError: nil)
    }

    static let cancelled = NetworkAsCodeError(.cancelled, message: "the task was cancelled")

    /// An answer that reports an error, in the API's form or in another.
    init(_ answer: Answer, secrets: [Secret] = []) {
        let told = ToldError(answer.response)
        self.init(
            Kind(status: answer.response.status), code: told.code, httpStatus: answer.response.status,
            message: Secret.redact(told.message, answer.secrets + secrets), xCorrelator: answer.xCorrelator,
            retryAfter: answer.retryAfter,
            conflictingSessionID: answer.response.status == 409 ? UUIDText.only(in: told.message) : nil)
    }

    /// A request without an answer.
    init(_ failure: TransportError, xCorrelator: String) {
        let kind: Kind =
            switch failure.kind {
            case .timedOut: .timeout
            case .responseTooLarge: .unexpectedAnswer
            case .invalidRequest: .invalidArgument
            default: .connection
            }
        self.init(kind, message: failure.message, xCorrelator: xCorrelator, underlyingError: failure)
    }

    /// An answer with a good status and a body that cannot be read.
    init(unreadable invalid: InvalidValue, in response: TransportResponse, xCorrelator: String) {
        let body = try? JSONValue(parsing: response.body)
        self.init(
            .unexpectedAnswer, httpStatus: response.status, message: "the answer cannot be read: \(invalid)", xCorrelator: xCorrelator,
            sessionID: body.flatMap(SessionAnswer.id))
    }

    /// The same error with the kind and the code of an ended session, and with a message of its own.
    func asSessionEnded(_ message: String) -> NetworkAsCodeError {
        NetworkAsCodeError(
            .sessionEnded, httpStatus: httpStatus, message: message, xCorrelator: xCorrelator, underlyingError: self)
    }
}

/// The error that an answer reports: CAMARA's ErrorInfo, OAuth's error, or a gateway's own.
private struct ToldError {
    var code: String?
    var message: String

    init(_ response: TransportResponse) {
        if let node = try? JSONNode(parsing: response.body, unknownProperties: .ignored) {
            if let info = try? ErrorInfo(node) {
                code = info.code.description
                message = info.message
                return
            }
            if case .object(let members) = node.value {
                let texts = ["message", "error_description", "error"].lazy.compactMap { members.text($0) }
                if let text = texts.first {
                    code = members.text("code")
                    message = String(text.prefix(512))
                    return
                }
            }
        }
        message = Self.withoutJSON(response)
    }

    private static func withoutJSON(_ response: TransportResponse) -> String {
        if (300...399).contains(response.status) {
            return "the server redirects, and redirects are not followed; use the address of the redirect as the server's address"
        }
        let text = String(decoding: response.body.prefix(256), as: UTF8.self).trimmed
        return text.isEmpty ? "the answer gives no reason" : "the answer is not in the API's form: \(Excerpt.of(text))"
    }
}

extension [JSONMember] {
    /// The text of the member `name`, if its value is a text.
    func text(_ name: String) -> String? {
        guard case .string(let text)? = first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}
