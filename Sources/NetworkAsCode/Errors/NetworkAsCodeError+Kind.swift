extension NetworkAsCodeError {
    /// The kinds of failure. Compare with `==` or in a `switch` with a `default`.
    public struct Kind: Hashable, CaseIterable, Sendable, CustomStringConvertible {
        private enum Value: String, CaseIterable {
            case invalidArgument, unauthorised, forbidden, notFound, conflict, notApplicable, rateLimited, rejected
            case server, connection, timeout, cancelled, sessionEnded, sessionsNotCleared, unexpectedAnswer
        }
        private let value: Value

        /// An argument does not fit. Either the SDK rejected the argument before it sent anything
        /// (``NetworkAsCodeError/httpStatus`` is `nil`), or the server did (400). The message names the argument and
        /// the allowed values.
        public static let invalidArgument = Kind(value: .invalidArgument)
        /// The server does not accept the token or the client's credentials (401).
        public static let unauthorised = Kind(value: .unauthorised)
        /// The credentials are valid, but not for this request: for instance, the session belongs
        /// to another client (403).
        public static let forbidden = Kind(value: .forbidden)
        /// There is no such session, profile or device (404, 410).
        public static let notFound = Kind(value: .notFound)
        /// The request conflicts with the present state: another session has the same flow, or the session cannot be
        /// extended (409).
        public static let conflict = Kind(value: .conflict)
        /// The service or the profile is not available for this device (422).
        public static let notApplicable = Kind(value: .notApplicable)
        /// The client sent too many requests (429). ``NetworkAsCodeError/retryAfter`` is the time to wait, if the
        /// server gave one.
        public static let rateLimited = Kind(value: .rateLimited)
        /// The server refuses the request for another reason (any other 4xx).
        public static let rejected = Kind(value: .rejected)
        /// The server failed (5xx).
        public static let server = Kind(value: .server)
        /// The connection failed or broke.
        public static let connection = Kind(value: .connection)
        /// The time ran out, either of a request or of ``QoDSession/waitUntilAvailable(timeout:)``.
        public static let timeout = Kind(value: .timeout)
        /// The task was cancelled.
        public static let cancelled = Kind(value: .cancelled)
        /// The session ended before it became available.
        public static let sessionEnded = Kind(value: .sessionEnded)
        /// Some sessions could not be deleted; ``NetworkAsCodeError/sessionFailures`` lists them.
        public static let sessionsNotCleared = Kind(value: .sessionsNotCleared)
        /// The answer does not follow the API's specification.
        public static let unexpectedAnswer = Kind(value: .unexpectedAnswer)

        /// All kinds of this version. Later versions may have more kinds.
        public static var allCases: [Kind] { Value.allCases.map { Kind(value: $0) } }

        /// The name of the kind, as in code.
        public var description: String { value.rawValue }

        /// The ``NetworkAsCodeError/code`` of an error of this kind, if the API gave no code.
        public var code: String {
            switch value {
            case .invalidArgument: "INVALID_ARGUMENT"
            case .unauthorised: "UNAUTHENTICATED"
            case .forbidden: "PERMISSION_DENIED"
            case .notFound: "NOT_FOUND"
            case .conflict: "CONFLICT"
            case .notApplicable: "NOT_APPLICABLE"
            case .rateLimited: "TOO_MANY_REQUESTS"
            case .rejected: "REJECTED"
            case .server: "SERVER_ERROR"
            case .connection: "CONNECTION_FAILED"
            case .timeout: "TIMEOUT"
            case .cancelled: "CANCELLED"
            case .sessionEnded: "SESSION_ENDED"
            case .sessionsNotCleared: "SESSIONS_NOT_CLEARED"
            case .unexpectedAnswer: "UNEXPECTED_ANSWER"
            }
        }

        init(status: Int) {
            switch status {
            case 400: self = .invalidArgument
            case 401: self = .unauthorised
            case 403: self = .forbidden
            case 404, 410: self = .notFound
            case 409: self = .conflict
            case 422: self = .notApplicable
            case 429: self = .rateLimited
            case 402...499: self = .rejected
            case 500...599: self = .server
            default: self = .unexpectedAnswer
            }
        }

        private init(value: Value) {
            self.value = value
        }
    }
}
