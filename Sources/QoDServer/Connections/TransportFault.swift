import CAMARA
import HTTPTypes

/// A request that broke off or came too slowly: the fault of the client or of the way to it, not of the platform.
enum TransportFault: Error, Hashable {
    /// The bytes are not HTTP: chunks, lengths or the transfer coding do not hold.
    case framing
    /// The connection ended within the body.
    case lost
    /// The whole body did not come in time.
    case slow

    var answer: APIError {
        switch self {
        case .framing: APIError(.badRequest, .invalidArgument, "The request cannot be read: it is not valid HTTP/1.1.")
        case .lost: APIError(.badRequest, .invalidArgument, "The request cannot be read: the connection ended within the body.")
        case .slow: APIError(.requestTimeout, .invalidArgument, "The request's body did not come in time.")
        }
    }
}

/// A route is about to read the body: a client that waits for `100 Continue` has to be told.
struct BodyWanted: Sendable {}
