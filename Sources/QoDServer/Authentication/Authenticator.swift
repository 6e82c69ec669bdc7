public import HTTPTypes
public import QualityOnDemand

/// Identifies the client that makes a request.
public protocol Authenticator: Sendable {
    /// - Throws: ``APIError`` with status 401 if the request carries no credential, or an invalid one.
    func authenticate(_ headers: HTTPFields) async throws(APIError) -> Principal
}

/// The client that makes a request, and the rights of its credential.
public struct Principal: Hashable, Sendable {
    public let client: ClientID
    /// The scopes that the credential allows; `nil` means all scopes.
    public let scopes: Set<Scope>?
    /// The device that a three-legged access token stands for.
    public let device: Device?

    public init(client: ClientID, scopes: Set<Scope>? = nil, device: Device? = nil) {
        self.client = client
        self.scopes = scopes
        self.device = device
    }
}

/// A permission, as the APIs' specifications name it.
public struct Scope: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    public static let createSessions = Scope("quality-on-demand:sessions:create")
    public static let readSessions = Scope("quality-on-demand:sessions:read")
    public static let deleteSessions = Scope("quality-on-demand:sessions:delete")
    public static let updateSessions = Scope("quality-on-demand:sessions:update")
    public static let retrieveSessionsByDevice = Scope("quality-on-demand:sessions:retrieve-by-device")
    public static let readProfiles = Scope("qos-profiles:read")
}
