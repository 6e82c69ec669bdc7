#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The credential with which a client proves its identity to the server.
///
/// The secrets of a credential are sent to the server and appear nowhere else: neither printing
/// nor dumping reveals them.
public struct Credential: Sendable {
    enum Method: Sendable {
        case rapidAPIKey(Secret, host: String?)
        case bearer(Secret)
        case clientCredentials(ClientCredentials)
    }
    let method: Method

    /// A key of RapidAPI for Nokia's gateway, sent in the headers `X-RapidAPI-Key` and `X-RapidAPI-Host`.
    ///
    /// - Parameters:
    ///   - key: The application's key.
    ///   - host: The value of `X-RapidAPI-Host`. If left out, Nokia's gateway gets its own name, and any other server
    ///     gets no such header.
    public static func rapidAPIKey(_ key: String, host: String? = nil) -> Credential {
        Credential(method: .rapidAPIKey(Secret(key), host: host))
    }

    /// A token sent as `Authorization: Bearer`.
    public static func bearer(_ token: String) -> Credential {
        Credential(method: .bearer(Secret(token)))
    }

    /// Tokens from an authorization server, by the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
    ///
    /// The client keeps a token and renews the token shortly before its end. One request renews the token for all
    /// calls that wait. If the server rejects a token nevertheless, the client renews the token once and sends the
    /// request again.
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
    /// The kind of credential, without its secrets.
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
