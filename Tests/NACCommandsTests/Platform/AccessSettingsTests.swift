import Access
import QoDServer
import QualityOnDemand
import SessionEngine
import Testing

@testable import Platform

@Suite struct AccessSettingsTests {
    private func read(_ flags: [String: String]) throws -> PlatformSettings {
        try SettingsReader(flags: flags, environment: [:], file: nil).read()
    }

    @Test func `who may call is anybody with the sandbox's keys, without limits, unless settings say otherwise`() throws {
        let settings = try read([:])
        #expect(settings.server.rateLimit == nil && settings.engine.liveLimits == LiveSessionLimits(perDevice: 128) && settings.access.tls == nil)
        #expect(settings.server.identifiers == Set(Device.IdentifierKind.allCases) && !settings.access.takesTokens)
    }

    @Test func `every key that says who may call is read`() throws {
        let settings = try read([
            "auth.issuer": "https://idp.example.com", "auth.jwks": "https://idp.example.com/keys", "auth.audience": "qod, other", "auth.clockSkew": "5",
            "auth.clients": "shop, drones", "auth.maxTokenLifetime": "86400", "auth.claims.scopePrefixes": "qod/",
            "auth.claims.client": "app", "auth.claims.scopes": "permissions,scope", "auth.claims.device": "msisdn=phoneNumber,dev=device",
            "auth.claims.sites": "sites, places",
            "devices.identifiers": "phoneNumber, ipv6Address", "limits.requestsPerSecond": "2.5", "limits.burst": "7",
            "limits.sessionsPerClient": "100", "limits.sessionsPerDevice": "3", "tls.certificate": "c.pem", "tls.privateKey": "k.pem",
            "tls.clientCA": "ca.pem", "tls.clientCertificates": "optional",
        ])
        let requirements = settings.access.tokenRequirements
        #expect(requirements.issuer == "https://idp.example.com" && requirements.audiences == ["qod", "other"] && requirements.clockSkew == 5)
        #expect(requirements.clientsWithoutAudience == ["shop", "drones"] && !requirements.refusesAudiences)
        #expect(requirements.longestLifetime == 86_400 && requirements.scopePrefixes == ["qod/"])
        #expect(requirements.clientClaims == ["app"] && requirements.scopeClaims == ["permissions", "scope"])
        #expect(requirements.siteClaims == ["sites", "places"])
        #expect(requirements.deviceClaims == [.init("msisdn", .phoneNumber), .init("dev", .device)])
        #expect(settings.server.identifiers == [.phoneNumber, .ipv6Address])
        #expect(settings.server.rateLimit == RateLimit(requestsPerSecond: 2.5, burst: 7))
        #expect(settings.engine.liveLimits.perClient == 100 && settings.engine.liveLimits.perDevice == 3)
        #expect(settings.access.tls == TLSFiles(certificate: "c.pem", privateKey: "k.pem", clientCA: "ca.pem", clientCertificates: .optional))
        #expect(!settings.isOpenToAnybody, "with an identity provider the sandbox's keys do not work")
    }

    @Test func `tokens without aud need no audience, and the end of a token is bounded unless settings say otherwise`() throws {
        let settings = try read(["auth.issuer": "https://idp.example.com", "auth.clients": "shop"])
        #expect(settings.access.tokenRequirements.refusesAudiences && settings.access.tokenRequirements.audiences.isEmpty)
        #expect(settings.access.tokenRequirements.longestLifetime == 30 * 86_400)
    }

    @Test func `an audience of anything and no device claims can be said`() throws {
        let settings = try read(["auth.issuer": "https://idp.example.com", "auth.audience": "*", "auth.claims.device": "none"])
        #expect(settings.access.tokenRequirements.audiences.isEmpty && settings.access.tokenRequirements.deviceClaims.isEmpty)
        #expect(try settings.access.keySource(settings.outbound) != nil)
        #expect(try read(["limits.requestsPerSecond": "2.5"]).server.rateLimit?.burst == 3)
    }

    static let badValues = [
        ("auth.issuer", "", "is empty"), ("auth.issuer", "http://idp.example.com", "is not an https URL"),
        ("auth.jwks", "idp", "is not an https URL"), ("auth.audience", ",", "is not a list"),
        ("auth.clients", ",", "is not a list"), ("auth.maxTokenLifetime", "59", "is not a whole number in 60..."),
        ("auth.claims.scopePrefixes", "", "is not a list"), ("auth.clockSkew", "601", "is not a whole number in 0...600"), ("auth.claims.client", "", "is not a list"),
        ("auth.claims.scopes", " , ", "is not a list"), ("auth.claims.sites", "", "is not a list"), ("auth.claims.device", "phone", "is not claim=kind, such as phone_number=phoneNumber"),
        ("auth.claims.device", "phone=number", "kinds are phoneNumber, networkAccessIdentifier, ipv6Address, device"),
        ("devices.identifiers", "phone", "is not one of ipv4Address, ipv6Address, phoneNumber, networkAccessIdentifier"),
        ("limits.requestsPerSecond", "0", "is not a number in 0.001...1000000"), ("limits.requestsPerSecond", "many", "is not a number"),
        ("limits.burst", "0", "is not a whole number in 1..."), ("limits.sessionsPerClient", "0", "is not a whole number in 1..."),
        ("limits.sessionsPerDevice", "-1", "is not a whole number in 0..."), ("tls.certificate", "", "is empty"), ("tls.privateKey", "", "is empty"),
        ("tls.clientCA", "", "is empty"), ("tls.clientCertificates", "maybe", "is not one of required, optional"),
    ]

    @Test(arguments: badValues)
    func `a bad value is told under its key`(key: String, text: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read([key: text]) }
        #expect(error?.description.hasPrefix("\(key): ") == true)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (["auth.issuer": "https://idp.example.com"], "auth.audience: is missing"), (["auth.audience": "qod"], "auth.audience: has no effect"),
        (["auth.clients": "shop"], "auth.clients: has no effect"),
        (["limits.burst": "3"], "limits.burst: has no effect"), (["tls.certificate": "c"], "tls.privateKey: is missing"),
        (["tls.privateKey": "k"], "tls.privateKey: has no effect"), (["tls.clientCA": "c"], "tls.clientCA: has no effect"),
        (["tls.clientCertificates": "required"], "tls.clientCertificates: has no effect"),
    ])
    func `settings that need one another are told where one is missing`(flags: [String: String], message: String) {
        let error = #expect(throws: SettingError.self) { try read(flags) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `others can reach the platform where an identity provider is set`() throws {
        let flags = ["server.host": "0.0.0.0", "auth.issuer": "https://idp.example.com", "auth.audience": "qod"]
        #expect(try read(flags).server.host == "0.0.0.0")
    }
}
