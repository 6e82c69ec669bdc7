import CAMARA
import Crypto
import Foundation
import JWTKit
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import Access
@testable import QoDServer
@testable import SandboxAuthorization

/// A client that signs assertions with a real key.
private struct Signer: Sendable {
    let key = P256.Signing.PrivateKey()
    let kid: String

    var jwk: String {
        let point = Array(key.publicKey.rawRepresentation)
        let (x, y) = (Base64URL.encode(point.prefix(32)), Base64URL.encode(point.suffix(32)))
        return #"{"kty":"EC","crv":"P-256","kid":"\#(kid)","x":"\#(x)","y":"\#(y)"}"#
    }

    /// Signs the given claims, whether they are correct or not.
    func sign(header: String? = nil, claims: String) throws -> String {
        let header = header ?? #"{"alg":"ES256","kid":"\#(kid)","typ":"JWT"}"#
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        return input + "." + Base64URL.encode(try key.signature(for: Data(input.utf8)).rawRepresentation)
    }
}

@Suite("The authorization server: clients that sign")
struct AssertionTests {
    private let signer = Signer(kid: "k1")
    private let otherSigner = Signer(kid: "k2")

    private func with(capacity: Int = 100, _ body: @Sendable (AuthorizationPlatform) async throws -> Void) async throws {
        let clients = [
            try await OAuthClient(id: ClientID("shop"), secret: nil, publicKeys: #"{"keys":[\#(signer.jwk)]}"#),
            try await OAuthClient(id: ClientID("other"), secret: nil, publicKeys: #"{"keys":[\#(otherSigner.jwk)]}"#),
            try await OAuthClient(id: ClientID("sandbox"), secret: "sandbox"),
        ]
        try await AuthorizationPlatform.with(clients, { $0.capacity = capacity }, body)
    }

    /// Correct claims, of which `changes` replaces some; values are JSON.
    private func claims(_ platform: AuthorizationPlatform, _ changes: [String: String?] = [:]) -> String {
        let now = Int(platform.clock.now.milliseconds / 1000)
        var all: [String: String?] = [
            "iss": #""shop""#, "sub": #""shop""#, "aud": #""\#(AuthorizationPlatform.issuer)/oauth2/token""#, "exp": "\(now + 60)", "iat": "\(now)",
            "jti": #""\#(UUID().uuidString)""#,
        ]
        for (name, value) in changes { all[name] = .some(value) }
        return "{" + all.compactMap { name, value in value.map { #""\#(name)":\#($0)"# } }.joined(separator: ",") + "}"
    }

    private func ask(_ platform: AuthorizationPlatform, _ assertion: String, _ fields: [String: String] = [:]) async throws -> Answer {
        let usual = ["grant_type": "client_credentials", "client_assertion_type": ClientAssertion.type, "client_assertion": assertion]
        return try await platform.token(usual.merging(fields) { $1 }, as: nil)
    }

    @Test("a client that signs gets a token, whichever of its names the server is called by")
    func works() async throws {
        try await with { platform async throws in
            let issuer = AuthorizationPlatform.issuer
            for audience in [
                "\"\(issuer)\"", "\"\(issuer)/oauth2/token\"", "\"\(issuer)/oauth2/bc-authorize\"", "[\"x\",\"\(issuer)\"]",
            ] {
                let answer = try await ask(platform, try signer.sign(claims: claims(platform, ["aud": audience])))
                #expect(answer.status == 200, "\(answer.body)")
                #expect(try await platform.claims(answer.text("access_token"))["client_id"]?.text == "shop")
            }
            #expect(try await ask(platform, try signer.sign(header: #"{"alg":"ES256"}"#, claims: claims(platform)), ["client_id": "shop"]).status == 200)
            let fields = [
                "client_assertion_type": ClientAssertion.type, "client_assertion": try signer.sign(claims: claims(platform)), "login_hint": "tel:+99999991000",
                "scope": "openid",
            ]
            #expect(try await platform.post("/oauth2/bc-authorize", fields, as: nil).status == 200)
        }
    }

    @Test("claims that are not for this server, this client or this time are refused", arguments: [
        ["aud": "\"http://elsewhere.test\""], ["aud": "[]"], ["aud": nil], ["aud": "7"], ["iss": "\"other\""], ["sub": "\"other\""], ["sub": nil],
        ["iss": nil], ["jti": nil], ["jti": "\"\""], ["jti": "7"], ["exp": nil], ["exp": "\"soon\""], ["exp": "0"], ["exp": "1e400"], ["exp": "1e300"],
        ["exp": "-1e300"], ["exp": "99999999999999999999999"], ["nbf": "9999999999"], ["nbf": "\"now\""], ["iat": "9999999999"], ["iat": "1e300"],
    ] as [[String: String?]])
    func wrongClaims(_ changes: [String: String?]) async throws {
        try await with { platform async throws in
            try await ask(platform, try signer.sign(claims: claims(platform, changes))).expectOAuthError(401, "invalid_client", "client_assertion")
        }
    }

    @Test("an assertion is refused from its end on, give or take what clocks may differ")
    func expiry() async throws {
        try await with { platform async throws in
            let now = Int(platform.clock.now.milliseconds / 1000)
            func status(_ end: Int) async throws -> Int { try await ask(platform, try signer.sign(claims: claims(platform, ["exp": "\(end)"]))).status }
            #expect(try await status(now - 29) == 200)
            #expect(try await status(now - 30) == 401)
            #expect(try await status(now + 3600) == 200)
            #expect(try await status(now + 3601) == 401)
        }
    }

    @Test("an assertion is good once, for as long as it is good at all; an id is its client's own")
    func replay() async throws {
        try await with { platform async throws in
            let assertion = try signer.sign(claims: claims(platform, ["jti": "\"once\""]))
            #expect(try await ask(platform, assertion).status == 200)
            try await ask(platform, assertion).expectOAuthError(401, "invalid_client", "used before")
            platform.clock.advance(by: .seconds(89))
            try await ask(platform, assertion).expectOAuthError(401, "invalid_client", "used before")
            platform.clock.advance(by: .seconds(1))
            try await ask(platform, assertion).expectOAuthError(401, "invalid_client", "expired")
            let others = claims(platform, ["jti": "\"once\"", "iss": "\"other\"", "sub": "\"other\""])
            #expect(try await ask(platform, try otherSigner.sign(claims: others)).status == 200)
            // A refused assertion does not use up its id.
            let bad = claims(platform, ["jti": "\"second\"", "aud": "\"x\""])
            #expect(try await ask(platform, try signer.sign(claims: bad)).status == 401)
            #expect(try await ask(platform, try signer.sign(claims: claims(platform, ["jti": "\"second\""]))).status == 200)
        }
    }

    @Test("of many that use one assertion at once, one gets a token")
    func race() async throws {
        try await with { platform async throws in
            let assertion = try signer.sign(claims: claims(platform))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await ask(platform, assertion).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 1)
        }
    }

    @Test("how many ids are remembered is bounded, and over the bound nothing is let in unremembered")
    func bounded() async throws {
        try await with(capacity: 2) { platform async throws in
            for _ in 0..<2 { #expect(try await ask(platform, try signer.sign(claims: claims(platform))).status == 200) }
            try await ask(platform, try signer.sign(claims: claims(platform))).expectOAuthError(503, "temporarily_unavailable")
            platform.clock.advance(by: .seconds(90))
            #expect(try await ask(platform, try signer.sign(claims: claims(platform))).status == 200)
        }
    }

    @Test("another client's key, another algorithm and no signature are refused")
    func wrongSignatures() async throws {
        try await with { platform async throws in
            let claims = { self.claims(platform) }
            var forged: [String] = [
                try otherSigner.sign(claims: claims()), try otherSigner.sign(header: #"{"alg":"ES256","kid":"k1"}"#, claims: claims()),
                try signer.sign(header: #"{"alg":"ES256","kid":"k2"}"#, claims: claims()), try signer.sign(header: #"{"alg":"ES256","kid":"k9"}"#, claims: claims()),
                try signer.sign(header: #"{"kid":"k1"}"#, claims: claims()), try signer.sign(header: #"{"alg":"ES384","kid":"k1"}"#, claims: claims()),
                try signer.sign(header: #"{"alg":"ES256","kid":"k1","crit":["b64"],"b64":false}"#, claims: claims()),
            ]
            for algorithm in ["none", "None", "HS256", "RS256", "EdDSA", ""] {
                let input = Base64URL.encode(Array(#"{"alg":"\#(algorithm)","kid":"k1"}"#.utf8)) + "." + Base64URL.encode(Array(claims().utf8))
                let mac = HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(data: Data(signer.jwk.utf8)))
                forged += [input + ".", input + "." + Base64URL.encode(mac), input + "." + Base64URL.encode(Array(repeating: 0, count: 64))]
            }
            let good = try signer.sign(claims: claims())
            let parts = good.split(separator: ".")
            let changed = Base64URL.encode(Array(claims().utf8))
            forged += ["\(parts[0]).\(changed).\(parts[2])", good + "A", String(good.dropLast(4)), good + ".", "\(parts[0]).\(parts[1])", "", "..", "a.b.c"]
            forged.append(String(repeating: "A", count: 9000))
            for assertion in forged where !assertion.isEmpty {
                try await ask(platform, assertion).expectOAuthError(401, "invalid_client", "client_assertion")
            }
            #expect(try await ask(platform, good).status == 200)
        }
    }

    @Test("an assertion is no secret, a client with a secret has no key, and types are checked")
    func mixing() async throws {
        try await with { platform async throws in
            let assertion = try signer.sign(claims: claims(platform))
            try await ask(platform, assertion, ["client_assertion_type": "jwt"]).expectOAuthError(400, "invalid_request", ClientAssertion.type)
            try await ask(platform, assertion, ["client_id": "other"]).expectOAuthError(400, "invalid_request", "client_id")
            try await ask(platform, try signer.sign(claims: claims(platform)), ["client_secret": "x", "client_id": "shop"]).expectOAuthError(400, "invalid_request")
            let posing = claims(platform, ["iss": "\"sandbox\"", "sub": "\"sandbox\""])
            try await ask(platform, try signer.sign(claims: posing)).expectOAuthError(401, "invalid_client")
            try await platform.token(["grant_type": "client_credentials", "client_id": "shop", "client_secret": "shop"], as: nil)
                .expectOAuthError(401, "invalid_client")
        }
    }

    @Test("keys that cannot be used are told with their place", arguments: [
        ("", "is not a JWK Set"), ("{}", "is not a JWK Set"), (#"{"keys":[]}"#, "has 0 keys"), (#"{"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]}"#, "is not a JWK Set"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#, "keys[0].kid: is missing"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}"#, "keys[0]: is not a valid public key"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA","d":"AA"}]}"#, "keys[0]: is a private key"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","alg":"RS256","kid":"a","x":"AA","y":"AA"}]}"#, "keys[0].alg: RS256 is not an algorithm of this key"),
        (#"{"keys":[{"kty":"EC","kid":"a","x":"AA","y":"AA"}]}"#, "keys[0].crv: "),
    ])
    func badKeys(_ json: String, _ message: String) async throws {
        let error = await #expect(throws: InvalidValue.self) { try await OAuthClient(id: ClientID("a"), secret: nil, publicKeys: json) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
}
