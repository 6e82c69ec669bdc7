import QualityOnDemand

/// What an access token must be like, and which claims tell what.
public struct TokenRequirements: Hashable, Sendable {
    /// What `iss` must be; `nil` where it is not looked at.
    public var issuer: String?
    /// One of these must be in `aud`; empty where it is not looked at.
    public var audiences: Set<String> = []
    /// The clients whose tokens are taken without `aud`, as some providers leave it out; where it is empty and audiences are named,
    /// such tokens are refused.
    public var clientsWithoutAudience: Set<String> = []
    /// Whether tokens with `aud` are refused, whatever it is: where only tokens without are meant.
    public var refusesAudiences = false
    /// By how many seconds at most a token's end may lie ahead; `nil` for any.
    public var longestLifetime: Int?
    /// By how many seconds clocks may differ.
    public var clockSkew = 60
    /// The claims that may name the client; the first that is there counts.
    public var clientClaims = ["client_id", "azp", "sub"]
    /// The claims that may list scopes, as a text with spaces or as an array; the first that is there counts.
    public var scopeClaims = ["scope", "scp"]
    /// What providers put before the names of scopes, such as `qod/`; it is taken off, the longest that fits.
    public var scopePrefixes: [String] = []
    /// The claims that may name the device for which the token was given; the first that is there counts.
    public var deviceClaims = [DeviceClaim("phone_number", .phoneNumber), DeviceClaim("device", .device)]

    public init() {}

    /// A claim by which a three-legged token names its device.
    public struct DeviceClaim: Hashable, Sendable {
        public var name: String
        public var kind: Kind

        public init(_ name: String, _ kind: Kind) {
            self.name = name
            self.kind = kind
        }

        /// How the claim's value is to be read.
        public enum Kind: String, CaseIterable, Hashable, Sendable {
            /// A telephone number, also as a `tel:` URI, also with spaces, hyphens and brackets.
            case phoneNumber
            case networkAccessIdentifier
            case ipv6Address
            /// An object in the shape of CAMARA's schema Device.
            case device
        }
    }
}

/// What a token says once its signature was found to hold.
struct VerifiedToken: Hashable, Sendable {
    let principal: Principal
    /// Not good from then on, clock skew included.
    let expiresAt: Timestamp
    /// Not good before, clock skew included.
    let validFrom: Timestamp?

    /// - Parameter longestLifetime: by how many seconds at most its end may lie ahead; `nil` for any.
    func check(at now: Timestamp, longestLifetime: Int?) throws(TokenRejection) {
        if let longestLifetime, now.adding(seconds: longestLifetime) < expiresAt { throw .lifetime }
        guard now < expiresAt else { throw .expired }
        if let validFrom, now < validFrom { throw .notYetValid }
    }
}
