public import HTTPTypes
public import QualityOnDemand

/// Identifies clients by access tokens and by API keys.
///
/// A value in `Authorization: Bearer` that looks like a JWT is an access token. Every other credential is an API key.
public struct CredentialAuthenticator: Authenticator {
    private let tokens: TokenVerifier
    private let keys: any Authenticator
    private let rejections = RejectionCounters()

    /// - Parameters:
    ///   - tokens: checks access tokens.
    ///   - keys: knows all other credentials.
    public init(tokens: TokenVerifier, keys: any Authenticator) {
        self.tokens = tokens
        self.keys = keys
    }

    public func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal {
        if let token = Self.accessToken(in: headers) {
            do { return try await tokens.verify(token) } catch {
                rejections.count(error)
                throw AccessError(error)
            }
        }
        guard headers[.authorization] != nil || headers[.rapidAPIKey] != nil else {
            throw AccessError(.unauthenticated, "Request not authenticated: an access token or an API key is needed.")
        }
        do { return try await keys.authenticate(headers) } catch {
            if error.code == .unauthenticated { rejections.count(.unknownCredential) }
            throw error
        }
    }

    /// The bearer token, if it looks like a JWT: base64url of `{"`, then a point. An API key in the same request takes
    /// precedence.
    private static func accessToken(in headers: HTTPFields) -> Substring? {
        guard headers[.rapidAPIKey]?.isEmpty ?? true, let authorization = headers[.authorization],
            let space = authorization.firstIndex(of: " "), authorization[..<space].lowercased() == "bearer"
        else { return nil }
        let token = authorization[space...].drop { $0 == " " }
        return token.hasPrefix("ey") && token.contains(".") ? token : nil
    }
}

extension CredentialAuthenticator: Confidential {}
