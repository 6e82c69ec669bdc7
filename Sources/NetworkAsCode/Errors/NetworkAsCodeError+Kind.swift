extension NetworkAsCodeError {
    /// The kinds of failure. Compare with `==` or in a `switch` with a `default`.
    public struct Kind: Hashable, CaseIterable, Sendable, CustomStringConvertible {
        private enum Value: String, CaseIterable {
            case invalidArgument, unauthorised, forbidden, notFound, conflict, notApplicable, rateLimited, rejected
            case server, connection, timeout, cancelled, sessionEnded, sessionsNotCleared, unexpectedAnswer
        }
        private let value: Value

        /// An argument does not fit: found before anything was sent (``NetworkAsCodeError/httpStatus`` is `nil`) or by
        /// the server (400). The message says which one and what is allowed.
        public static let invalidArgument = Kind(value: .invalidArgument)
        /// The token or the client's credentials are not accepted (401).
        public static let unauthorised = Kind(value: .unauthorised)
        /// The credentials are good, but not for this: a session of another client, for instance (403).
        public static let forbidden = Kind(value: .forbidden)
        /// No such session, profile or device (404, 410).
        public static let notFound = Kind(value: .notFound)
        /// It contradicts what is there: another session on the same flow, or a session that cannot be extended (409).
        public static let conflict = Kind(value: .conflict)
        /// The service or the profile is not to be had for this device (422).
        public static let notApplicable = Kind(value: .notApplicable)
        /// Too many requests (429); ``NetworkAsCodeError/retryAfter`` says how long to wait, where the server did.
        public static let rateLimited = Kind(value: .rateLimited)
        /// The server refuses for some other reason (any other 4xx).
        public static let rejected = Kind(value: .rejected)
        /// The server failed (5xx).
        public static let server = Kind(value: .server)
        /// There was no connection, or it broke.
        public static let connection = Kind(value: .connection)
        /// The time was up: of a request, or of ``QoDSession/waitUntilAvailable(timeout:)``.
        public static let timeout = Kind(value: .timeout)
        /// The task was cancelled.
        public static let cancelled = Kind(value: .cancelled)
        /// The session ended while its availability was waited for.
        public static let sessionEnded = Kind(value: .sessionEnded)
        /// Some sessions could not be deleted; ``NetworkAsCodeError/sessionFailures`` has them.
        public static let sessionsNotCleared = Kind(value: .sessionsNotCleared)
        /// The answer is not what the API promises.
        public static let unexpectedAnswer = Kind(value: .unexpectedAnswer)

        /// All kinds that there are now; there may be more one day.
        public static var allCases: [Kind] { Value.allCases.map { Kind(value: $0) } }

        /// The name of the kind, as in code.
        public var description: String { value.rawValue }

        /// The ``NetworkAsCodeError/code`` of errors to which the API gave none.
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
