import CAMARA
import HTTPTypes

/// A request that broke off or came too slowly. The client or the path to it is at fault, not the platform.
enum TransportFault: Error, Hashable {
    /// The bytes are not HTTP: the chunks, the lengths or the transfer coding are invalid.
    case framing
    /// The connection ended within the body.
    case lost
    /// The whole body did not arrive in time.
    case slow

    var answer: APIError {
        switch self {
        case .framing: APIError(.badRequest, .invalidArgument, "The request cannot be read: it is not valid HTTP/1.1.")
        case .lost: APIError(.badRequest, .invalidArgument, "The request cannot be read: the connection ended within the body.")
        case .slow: APIError(.requestTimeout, .invalidArgument, "The request's body did not arrive in time.")
        }
    }
}

/// The event that a route is about to read the body. A client that waits for `100 Continue` needs an answer now.
struct BodyWanted: Sendable {}
