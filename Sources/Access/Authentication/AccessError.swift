/// Why a request is not authenticated. The server maps the error to HTTP.
public struct AccessError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: Code
    /// The fault, for the client. The text repeats nothing of the credential.
    public let message: String
    /// How long to wait before a retry, if a retry helps.
    public let retryAfter: Duration?
    /// Why an access token was rejected; `nil` for every other credential.
    public let rejection: TokenRejection?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        rejection = nil
    }

    /// The error for a rejected token. The token is not at fault if the provider's keys are not available.
    init(_ rejection: TokenRejection) {
        let isUnavailable = rejection == .keysUnavailable
        code = isUnavailable ? .unavailable : .unauthenticated
        message = isUnavailable ? rejection.message : "Request not authenticated: \(rejection.message)"
        retryAfter = isUnavailable ? .seconds(5) : nil
        self.rejection = rejection
    }

    /// The kinds of refusal; more may come.
    public struct Code: Hashable, Sendable {
        private enum Kind { case unauthenticated, unavailable }
        private let kind: Kind

        /// The request carries no credential, or an invalid one.
        public static let unauthenticated = Code(kind: .unauthenticated)
        /// The credential cannot be checked now.
        public static let unavailable = Code(kind: .unavailable)
    }

    public var description: String { message }
}
