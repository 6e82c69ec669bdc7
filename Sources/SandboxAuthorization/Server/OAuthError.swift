import CAMARA
import HTTPTypes
import Hummingbird
import QoDServer

/// An error in OAuth's shape (RFC 6749, section 5.2; OpenID CIBA, sections 11 and 13).
struct OAuthError: Error, Hashable {
    let code: Code
    /// A text for the client's developer: the fault and the permitted values. The text never holds a secret.
    let description: String
    let status: HTTPResponse.Status
    /// Whole seconds after which a retry may succeed.
    var retryAfter: Int?

    init(_ code: Code, _ description: String, status: HTTPResponse.Status? = nil, retryAfter: Int? = nil) {
        self.code = code
        self.description = description
        self.status = status ?? (code == .invalidClient ? .unauthorized : .badRequest)
        self.retryAfter = retryAfter
    }

    enum Code: String {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case invalidScope = "invalid_scope"
        case unsupportedGrantType = "unsupported_grant_type"
        case authorizationPending = "authorization_pending"
        case slowDown = "slow_down"
        case expiredToken = "expired_token"
        case unknownUserID = "unknown_user_id"
        case temporarilyUnavailable = "temporarily_unavailable"
    }

    /// All failed authentications have the same error, so that a caller cannot find out the names of clients.
    static let unknownClient = OAuthError(.invalidClient, "the client is not known, or its secret is wrong")

    static func invalidRequest(_ description: String) -> OAuthError { OAuthError(.invalidRequest, description) }

    var response: Response {
        var response = Response(
            status: status,
            json: JSONWriter.document { json in
                json.object { json in
                    json.write("error", code.rawValue)
                    json.write("error_description", description)
                }
            })
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Basic realm=\"authorization server\"" }
        return response
    }
}
