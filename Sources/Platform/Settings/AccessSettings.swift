public import Access
public import QoDServer
public import QualityOnDemand

/// The settings of clients' access: the identity provider, limits and TLS.
public struct AccessSettings: Sendable {
    /// The OpenID provider that issues access tokens.
    public var issuer: String?
    /// The URL of the provider's keys; `nil` means the URL in the provider's discovery document.
    public var keySetURL: String?
    /// A file with certificates of authorities, trusted beside the system's when the provider's keys are fetched.
    public var providerCAFile: String?
    /// The accepted audiences; `*` means any audience.
    public var audiences: [String] = []
    /// The clients whose tokens are accepted without an audience.
    public var clientsWithoutAudience: [String] = []
    public var requirements = Self.usualRequirements
    public var requestsPerSecond: Double?
    public var burst: Int?
    public var certificate: String?
    public var privateKey: String?
    public var clientCA: String?
    public var clientCertificates: TLSFiles.ClientCertificates?
    /// How many requests may wait for the identity provider's keys.
    public var providerWaiters = 64
    /// How API keys in the database are looked up.
    public var keyLookUps = StoredKeyAuthenticator.Configuration()

    public init() {}

    /// The requirements with a limit of 30 days, because a token with a longer lifetime is hardly ever intended.
    private static var usualRequirements: TokenRequirements {
        var requirements = TokenRequirements()
        requirements.longestLifetime = 2_592_000
        return requirements
    }

    /// Whether the platform accepts access tokens.
    public var takesTokens: Bool { issuer != nil || keySetURL != nil }
}

extension AccessSettings {
    /// The source of the provider's keys; `nil` if the platform accepts no access tokens.
    func keySource(_ outbound: OutboundSettings) throws(SettingError) -> OpenIDKeySource? {
        guard takesTokens else { return nil }
        let (proxies, authorities) = (try outbound.proxies(), try outbound.authorities(and: providerCAFile, of: "auth.caFile"))
        if let keySetURL {
            do { return try OpenIDKeySource(keySetURL: keySetURL, through: proxies, trusting: authorities) } catch {
                throw SettingError("auth.jwks: \(error)")
            }
        }
        guard let issuer else { return nil }
        do { return try OpenIDKeySource(issuer: issuer, through: proxies, trusting: authorities) } catch {
            throw SettingError("auth.issuer: \(error)")
        }
    }

    /// The requirements on access tokens, combined from all settings.
    var tokenRequirements: TokenRequirements {
        var requirements = requirements
        requirements.issuer = issuer
        requirements.audiences = audiences.contains("*") ? [] : Set(audiences)
        requirements.clientsWithoutAudience = Set(clientsWithoutAudience)
        requirements.refusesAudiences = audiences.isEmpty
        return requirements
    }

    var rateLimit: RateLimit? {
        requestsPerSecond.map { RateLimit(requestsPerSecond: $0, burst: burst) }
    }

    var tls: TLSFiles? {
        guard let certificate, let privateKey else { return nil }
        return TLSFiles(certificate: certificate, privateKey: privateKey, clientCA: clientCA, clientCertificates: clientCertificates ?? .required)
    }

    /// Checks that settings that need each other are given together.
    func check(_ outbound: OutboundSettings) throws(SettingError) {
        _ = try keySource(outbound)
        if takesTokens, audiences.isEmpty, clientsWithoutAudience.isEmpty {
            throw SettingError(
                """
                auth.audience: is missing; without it a token for any other service would be accepted. Give the allowed values of aud, or * for \
                any value, or list the clients whose tokens have no aud in auth.clients
                """)
        }
        if !takesTokens, !clientsWithoutAudience.isEmpty {
            throw SettingError("auth.clients: has no effect without auth.issuer or auth.jwks, where the keys of access tokens come from")
        }
        if !takesTokens, !audiences.isEmpty {
            throw SettingError("auth.audience: has no effect without auth.issuer or auth.jwks, where the keys of access tokens come from")
        }
        if burst != nil, requestsPerSecond == nil { throw SettingError("limits.burst: has no effect without limits.requestsPerSecond") }
        if certificate != nil, privateKey == nil { throw SettingError("tls.privateKey: is missing; tls.certificate cannot be used without it") }
        guard certificate == nil else { return }
        for (path, isSet) in [
            ("tls.privateKey", privateKey != nil), ("tls.clientCA", clientCA != nil), ("tls.clientCertificates", clientCertificates != nil),
        ] where isSet {
            throw SettingError("\(path): has no effect without tls.certificate")
        }
    }
}

extension AccessSettings: Confidential {}
