/// Why a call failed. Every method of the SDK that can fail throws this error and no other.
///
/// Use ``kind-swift.property`` to distinguish the errors:
///
///     do {
///         try await session.extend(by: .seconds(600))
///     } catch {
///         switch error.kind {
///         case .notFound: print("the session has ended")
///         case .rateLimited: print("again in", error.retryAfter ?? .seconds(1))
///         default: print(error)
///         }
///     }
///
/// Later versions may have more kinds, so a `switch` needs its `default`.
public struct NetworkAsCodeError: Error, Sendable {
    /// The kind of failure.
    public let kind: Kind
    /// The API's code, such as `QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE`; if the API gave none, the code of the kind.
    public let code: String
    /// The HTTP status of the answer; `nil` if there is no answer, for example because the SDK rejected an argument.
    public let httpStatus: Int?
    /// The problem; for an argument, also its name and the allowed values. The text is for people,
    /// and the wording may change.
    public let message: String
    /// The id of the request in the provider's logs; `nil` if the SDK made no request.
    public let xCorrelator: String?
    /// The time that the server asks to wait; `nil` if the server does not ask.
    public let retryAfter: Duration?
    /// The cause of the failure: most often a ``TransportError``.
    public let underlyingError: (any Error)?
    /// The session that exists although the call failed: the provider reported success, but its answer cannot be
    /// read. ``Sessions/delete(_:)`` deletes this session.
    public let sessionID: String?
    /// The session that conflicts with a creation, if the provider names one. This project's platform does.
    public let conflictingSessionID: String?
    /// The sessions that ``Device/clearSessions()`` could not delete; empty for any other call.
    public let sessionFailures: [SessionFailure]

    init(
        _ kind: Kind, code: String? = nil, httpStatus: Int? = nil, message: String, xCorrelator: String? = nil,
        retryAfter: Duration? = nil, underlyingError: (any Error)? = nil, sessionID: String? = nil, conflictingSessionID: String? = nil,
        sessionFailures: [SessionFailure] = []
    ) {
        self.kind = kind
        self.code = code ?? kind.code
        self.httpStatus = httpStatus
        self.message = message
        self.xCorrelator = xCorrelator
        self.retryAfter = retryAfter
        self.underlyingError = underlyingError
        self.sessionID = sessionID
        self.conflictingSessionID = conflictingSessionID
        self.sessionFailures = sessionFailures
    }

    /// A session that was not deleted, and the reason.
    public struct SessionFailure: Sendable {
        /// The session's id.
        public let sessionID: String
        /// Why it was not deleted.
        public let error: NetworkAsCodeError
    }
}

extension NetworkAsCodeError: CustomStringConvertible {
    /// The code, the message, and the details that help to find the request in logs.
    public var description: String {
        var text = "\(code): \(message)"
        var details: [String] = []
        if let httpStatus { details.append("HTTP \(httpStatus)") }
        if let xCorrelator { details.append("x-correlator \(xCorrelator)") }
        if !details.isEmpty { text += " (" + details.joined(separator: ", ") + ")" }
        return text
    }
}
