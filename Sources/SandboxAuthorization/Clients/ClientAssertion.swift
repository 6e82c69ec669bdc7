import Access
import HTTPTypes
import QualityOnDemand

/// A client's proof of its identity by a signed JWT (RFC 7523, section 3; OpenID Connect Core, section 9,
/// `private_key_jwt`).
struct ClientAssertion {
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let longest = 8192
    /// The longest time until an assertion's end, in seconds. The server remembers the assertion's id for that time.
    static let longestLifetime = 3600
    /// The largest difference between clocks, in seconds.
    static let clockSkew = 30

    private let token: String
    private let header: JSONMembers
    private let claims: JSONMembers

    init(_ token: String) throws(OAuthError) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= Self.longest, parts.count == 3,
            let header = Base64URL.decode(parts[0]).flatMap(JSONMembers.init), let claims = Base64URL.decode(parts[1]).flatMap(JSONMembers.init)
        else { throw Self.refusal("is not a signed JWT of at most \(Self.longest) characters") }
        (self.token, self.header, self.claims) = (token, header, claims)
    }

    /// The client that the assertion names. The name alone proves nothing.
    var client: String? { claims.text("sub") }

    /// Checks the assertion's signature, audience and times. The check also refuses an assertion that was used before.
    ///
    /// - Parameters:
    ///   - audiences: the names of this server.
    func verify(by client: OAuthClient, audiences: [String], now: Timestamp, seen: SeenAssertions) async throws(OAuthError) {
        // The server supports no critical extension.
        guard let keys = client.keys, let algorithm = header.text("alg"), !header.has("crit"),
            await keys.verify(token, kid: header.text("kid"), algorithm: algorithm)
        else { throw Self.refusal("is not signed with one of the client's keys and the key's algorithm") }
        guard claims.text("iss") == client.id.description, claims.text("sub") == client.id.description else {
            throw Self.refusal("needs iss and sub that are both the client's id")
        }
        guard !Set(claims.texts("aud")).isDisjoint(with: audiences) else {
            throw Self.refusal("is not meant for this server; aud must be one of \(audiences.joined(separator: ", "))")
        }
        let end = try checkTimes(now)
        guard let id = claims.text("jti"), (1...256).contains(id.utf8.count) else { throw Self.refusal("needs jti, 1 to 256 characters") }
        try seen.insert(id, of: client.id, until: end, now: now)
    }

    /// - Returns: the time after which the server refuses the assertion for its age.
    private func checkTimes(_ now: Timestamp) throws(OAuthError) -> Timestamp {
        // A claim may hold a number of any size. The method compares the number first, and converts it only within the
        // range.
        let seconds = Double(now.milliseconds) / 1000
        let skew = Double(Self.clockSkew)
        guard let end = claims.seconds("exp") else { throw Self.refusal("needs exp") }
        guard seconds < end + skew else { throw Self.refusal("has expired") }
        guard end <= seconds + Double(Self.longestLifetime) else { throw Self.refusal("may expire at most \(Self.longestLifetime) s from now") }
        for name in ["nbf", "iat"] where claims.has(name) {
            guard let time = claims.seconds(name), time <= seconds + skew else { throw Self.refusal("has \(name) in the future, or not as a number") }
        }
        return Timestamp(milliseconds: Int64(((end + skew) * 1000).rounded(.up)))
    }

    static func refusal(_ reason: String) -> OAuthError {
        OAuthError(.invalidClient, "client_assertion \(reason)")
    }
}

extension ClientAssertion: Confidential {}
