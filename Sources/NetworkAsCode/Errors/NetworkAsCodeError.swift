/// Why a call failed. Every method of the SDK that can fail throws this and nothing else.
///
/// Tell the errors apart by ``kind-swift.property``:
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
/// There may be more kinds one day, so a `switch` needs its `default`.
public struct NetworkAsCodeError: Error, Sendable {
    /// What kind of failure it is.
    public let kind: Kind
    /// The API's code, such as `QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE`; where the API said none, that of the kind.
    public let code: String
    /// The status of the answer; `nil` where there was none, as for an argument that was never sent.
    public let httpStatus: Int?
    /// What is wrong and, for arguments, where and what is allowed. For people; its wording may change.
    public let message: String
    /// The id under which the provider's logs have the request; `nil` where no request was made.
    public let xCorrelator: String?
    /// How long the server asks to wait; only where it did.
    public let retryAfter: Duration?
    /// What lies beneath: a ``TransportError``, most often.
    public let underlyingError: (any Error)?
    /// The session that exists although the call failed: the provider said that it succeeded, but its answer cannot be read.
    /// ``Sessions/delete(_:)`` ends it.
    public let sessionID: String?
    /// The session that a creation is in conflict with, where the provider names it (this project's platform does).
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

    /// A session that was not deleted, and why.
    public struct SessionFailure: Sendable {
        /// The session's id.
        public let sessionID: String
        /// Why it was not deleted.
        public let error: NetworkAsCodeError
    }
}

extension NetworkAsCodeError: CustomStringConvertible {
    /// Code, message, and what helps to find the request again.
    public var description: String {
        var text = "\(code): \(message)"
        var details: [String] = []
        if let httpStatus { details.append("HTTP \(httpStatus)") }
        if let xCorrelator { details.append("x-correlator \(xCorrelator)") }
        if !details.isEmpty { text += " (" + details.joined(separator: ", ") + ")" }
        return text
    }
}
