import QualityOnDemand

/// The conditions that an access token must meet, and the names of the claims that the platform reads.
public struct TokenRequirements: Hashable, Sendable {
    /// The required value of `iss`; `nil` accepts any value.
    public var issuer: String?
    /// The token's `aud` must contain one of these values; an empty set accepts any value.
    public var audiences: Set<String> = []
    /// The clients whose tokens may lack `aud`, because some providers leave the claim out. If this set is empty and
    /// `audiences` is not, the platform refuses all tokens without `aud`.
    public var clientsWithoutAudience: Set<String> = []
    /// Whether the platform refuses all tokens with `aud`, for providers whose access tokens never have the claim.
    public var refusesAudiences = false
    /// The longest time in seconds until a token's end; `nil` allows any time.
    public var longestLifetime: Int?
    /// The largest difference between clocks, in seconds.
    public var clockSkew = 60
    /// The claims that may name the client; the first one in the token counts.
    public var clientClaims = ["client_id", "azp", "sub"]
    /// The claims that may list scopes, as a text with spaces or as an array; the first one in the token counts.
    public var scopeClaims = ["scope", "scp"]
    /// The prefixes that providers put before the names of scopes, such as `qod/`. The platform removes the longest
    /// matching prefix.
    public var scopePrefixes: [String] = []
    /// The claims that may name the device of the token; the first one in the token counts.
    public var deviceClaims = [DeviceClaim("phone_number", .phoneNumber), DeviceClaim("device", .device)]
    /// The claims that may list the sites that the client is bound to, as a text with spaces or as an array; the first
    /// one in the token counts. A token without any of them is bound to no site.
    public var siteClaims: [String] = []

    public init() {}

    /// A claim by which a three-legged token names its device.
    public struct DeviceClaim: Hashable, Sendable {
        public var name: String
        public var kind: Kind

        public init(_ name: String, _ kind: Kind) {
            self.name = name
            self.kind = kind
        }

        /// How to read the claim's value.
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

/// The content of a token with a valid signature.
struct VerifiedToken: Hashable, Sendable {
    let principal: Principal
    /// The token is invalid from this time on; the time includes the clock skew.
    let expiresAt: Timestamp
    /// The token is invalid before this time; the time includes the clock skew.
    let validFrom: Timestamp?

    /// - Parameter longestLifetime: the longest time in seconds until the token's end; `nil` allows any time.
    func check(at now: Timestamp, longestLifetime: Int?) throws(TokenRejection) {
        if let longestLifetime, now.adding(seconds: longestLifetime) < expiresAt { throw .lifetime }
        guard now < expiresAt else { throw .expired }
        if let validFrom, now < validFrom { throw .notYetValid }
    }
}
