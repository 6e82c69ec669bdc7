import Crypto
public import HTTPTypes
public import QualityOnDemand

/// Identifies clients by API keys, sent as `X-RapidAPI-Key` or as `Authorization: Bearer`.
///
/// The authenticator keeps only digests of the keys. The time of a look-up therefore tells nothing about a key, and no
/// log or dump can show a key.
public struct APIKeyAuthenticator: Authenticator {
    private let clients: [SHA256.Digest: Principal]

    /// - Parameter keys: each client's key.
    public init(keys: [(client: ClientID, key: String)]) {
        clients = Dictionary(
            keys.map { (SHA256.hash(data: Array($0.key.utf8)), Principal(client: $0.client)) }, uniquingKeysWith: { first, _ in first })
    }

    public func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal {
        guard let key = Self.key(in: headers) else {
            throw AccessError(
                .unauthenticated, "Request not authenticated: an API key is needed, as X-RapidAPI-Key or as Authorization: Bearer.")
        }
        guard let principal = clients[SHA256.hash(data: Array(key.utf8))] else {
            throw AccessError(.unauthenticated, "Request not authenticated: the API key is not known.")
        }
        return principal
    }

    /// The credential that a request carries, in either of the two headers.
    static func key(in headers: HTTPFields) -> Substring? {
        if let key = headers[.rapidAPIKey], !key.isEmpty { return key[...] }
        guard let authorization = headers[.authorization], let space = authorization.firstIndex(of: " "),
            authorization[..<space].lowercased() == "bearer"
        else { return nil }
        let token = authorization[space...].drop { $0 == " " }
        return token.isEmpty ? nil : token
    }
}

extension HTTPField.Name {
    static let rapidAPIKey = Self("X-RapidAPI-Key")!
}

extension APIKeyAuthenticator: Confidential {}
