public import HTTPTypes
public import QualityOnDemand

/// Identifies the client that makes a request.
public protocol Authenticator: Sendable {
    /// - Throws: ``AccessError`` if the request carries no credential, or an invalid one, or if the credential cannot be
    ///   checked now.
    func authenticate(_ headers: HTTPFields) async throws(AccessError) -> Principal
}

/// The client that makes a request, and the rights of its credential.
public struct Principal: Hashable, Sendable {
    public let client: ClientID
    /// The scopes that the credential allows; `nil` means all scopes.
    public let scopes: Set<Scope>?
    /// The device that a three-legged access token stands for.
    public let device: Device?
    /// The sites whose devices the credential may use; `nil` means all sites.
    public let sites: Set<SiteName>?

    public init(client: ClientID, scopes: Set<Scope>? = nil, device: Device? = nil, sites: Set<SiteName>? = nil) {
        self.client = client
        self.scopes = scopes
        self.device = device
        self.sites = sites
    }
}
