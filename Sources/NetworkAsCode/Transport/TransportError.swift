/// Why there was no answer.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// How far the request came.
    public struct Kind: Hashable, Sendable {
        private enum Value {
            case notConnected, connectionLost, timedOut, responseTooLarge, invalidRequest, other
        }
        private let value: Value

        /// No connection came about, so the server has not seen the request: it is safe to send any request again.
        public static let notConnected = Kind(value: .notConnected)
        /// The connection broke before the whole answer was there; the server may have acted on the request.
        public static let connectionLost = Kind(value: .connectionLost)
        /// The time was up before the whole answer was there; the server may have acted on the request.
        public static let timedOut = Kind(value: .timedOut)
        /// The answer is longer than is read.
        public static let responseTooLarge = Kind(value: .responseTooLarge)
        /// The request cannot be sent as it is.
        public static let invalidRequest = Kind(value: .invalidRequest)
        /// Anything else, such as a certificate that is not trusted; it is not sent again.
        public static let other = Kind(value: .other)
    }

    /// How far the request came.
    public let kind: Kind
    /// What happened, for people; without anything secret.
    public let message: String
    /// The error of the HTTP library.
    public let underlyingError: (any Error)?

    /// Creates an error.
    public init(_ kind: Kind, message: String, underlyingError: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.underlyingError = underlyingError
    }

    /// The message.
    public var description: String { message }
}
