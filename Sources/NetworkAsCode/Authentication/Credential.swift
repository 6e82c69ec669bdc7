#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How the client proves to the server who it is.
///
/// Its secrets are sent to the server and shown nowhere else: neither printing nor dumping reveals them.
public struct Credential: Sendable {
    enum Method: Sendable {
        case rapidAPIKey(Secret, host: String?)
        case bearer(Secret)
        case clientCredentials(ClientCredentials)
    }
    let method: Method

    /// A key of RapidAPI, as Nokia's gateway wants it: headers `X-RapidAPI-Key` and `X-RapidAPI-Host`.
    ///
    /// - Parameters:
    ///   - key: The application's key.
    ///   - host: What to send as `X-RapidAPI-Host`. Where it is left out, Nokia's gateway gets its own and any other
    ///     server none.
    public static func rapidAPIKey(_ key: String, host: String? = nil) -> Credential {
        Credential(method: .rapidAPIKey(Secret(key), host: host))
    }

    /// A token sent as `Authorization: Bearer`.
    public static func bearer(_ token: String) -> Credential {
        Credential(method: .bearer(Secret(token)))
    }

    /// Tokens from an authorization server, by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
    ///
    /// A token is kept and renewed shortly before it expires, by one request however many calls wait for it. If the
    /// server rejects a token nevertheless, it is renewed once and the request sent again.
    public static func clientCredentials(
        tokenEndpoint: URL, clientID: String, clientSecret: String, scopes: [String] = []
    ) -> Credential {
        let credentials = ClientCredentials(
            tokenEndpoint: tokenEndpoint, clientID: clientID, clientSecret: Secret(clientSecret), scopes: scopes)
        return Credential(method: .clientCredentials(credentials))
    }
}

struct ClientCredentials: Sendable {
    let tokenEndpoint: URL
    let clientID: String
    let clientSecret: Secret
    let scopes: [String]
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind of credential, without what is secret.
    public var description: String {
        switch method {
        case .rapidAPIKey: "RapidAPI key [redacted]"
        case .bearer: "bearer token [redacted]"
        case .clientCredentials(let credentials):
            "client credentials of \(credentials.clientID) at \(credentials.tokenEndpoint.host() ?? "?") [redacted]"
        }
    }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows ``description`` and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["credential": description]) }
}
