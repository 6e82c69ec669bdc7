import CAMARA
import QualityOnDemand
#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The credential that a provider's notifications show to your sink. Its secret appears nowhere else.
public struct SinkCredential: Hashable, Sendable {
    private enum Method: Hashable, Sendable {
        case accessToken(Secret, expiresAt: Date)
        case privateKeyJWT(clientID: String?, tokenURI: String?)
    }
    private let method: Method

    /// A token that you choose. Each notification carries the token as `Authorization: Bearer`
    /// until the token expires.
    ///
    /// Give the same token to ``NotificationParser``.
    public static func accessToken(_ token: String, expiresAt: Date) -> SinkCredential {
        SinkCredential(method: .accessToken(Secret(token), expiresAt: expiresAt))
    }

    /// The provider gets its tokens from an authorization server, and signs its requests with a
    /// key agreed on beforehand.
    public static func privateKeyJWT(clientID: String? = nil, tokenURI: String? = nil) -> SinkCredential {
        SinkCredential(method: .privateKeyJWT(clientID: clientID, tokenURI: tokenURI))
    }

    func validated(hasSink: Bool) throws(InvalidValue) -> SinkCredentialInput {
        guard hasSink else { throw InvalidValue("is given without a sink; give both or none") }
        switch method {
        case .accessToken(let token, let expiresAt):
            let bytes = token.revealed.utf8
            guard (1...4096).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw InvalidValue("is not a token; 1 to 4096 visible ASCII characters without spaces are allowed").at("accessToken")
            }
            return .accessToken(token.revealed, expiresAt: Timestamp(expiresAt))
        case .privateKeyJWT(let clientID, let tokenURI):
            if let clientID, clientID.unicodeScalars.count > 128 {
                throw InvalidValue("is \(clientID.unicodeScalars.count) characters long; at most 128 are allowed").at("clientID")
            }
            if let tokenURI, !tokenURI.hasPrefix("https://") || tokenURI.utf8.count > 2048 {
                throw InvalidValue("is not an https address of at most 2048 characters").at("tokenURI")
            }
            return .privateKeyJWT(clientID: clientID, tokenURI: tokenURI)
        }
    }
}

extension SinkCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind of credential, without its secret.
    public var description: String {
        switch method {
        case .accessToken(_, let expiresAt): "access token [redacted], expires \(Timestamp(expiresAt))"
        case .privateKeyJWT(let clientID, _): "private key JWT of \(clientID ?? "the configured client")"
        }
    }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows ``description`` and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["credential": description]) }
}
