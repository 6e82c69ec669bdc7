/// Why a request has no answer.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// How far the request came.
    public struct Kind: Hashable, Sendable {
        private enum Value {
            case notConnected, connectionLost, timedOut, responseTooLarge, invalidRequest, other
        }
        private let value: Value

        /// There was no connection, so the server has not received the request. Any request can safely be sent again.
        public static let notConnected = Kind(value: .notConnected)
        /// The connection broke before the whole answer arrived. The server may have acted on the request.
        public static let connectionLost = Kind(value: .connectionLost)
        /// The time ran out before the whole answer arrived. The server may have acted on the request.
        public static let timedOut = Kind(value: .timedOut)
        /// The answer is longer than the limit.
        public static let responseTooLarge = Kind(value: .responseTooLarge)
        /// The request cannot be sent in this form.
        public static let invalidRequest = Kind(value: .invalidRequest)
        /// Any other failure, such as a certificate that is not trusted. The SDK does not retry.
        public static let other = Kind(value: .other)
    }

    /// How far the request came.
    public let kind: Kind
    /// The failure in words for people, without any secret.
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
