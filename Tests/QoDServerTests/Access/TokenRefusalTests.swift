import Crypto
import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import Access
@testable import QoDServer

/// A token that the verifier must refuse, with the reason.
struct BadToken: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: TokenRejection
    let token: String

    init(_ description: String, _ reason: TokenRejection, _ token: String) {
        testDescription = description
        self.reason = reason
        self.token = token
    }
}

@Suite("Access tokens that are refused")
struct TokenRefusalTests {
    static let rsa = SigningKey.rs256("rsa").with(["alg": "\"RS256\""])
    static let elliptic = SigningKey.es256("ec")
    static let issuer = TestIssuer(keys: [
        elliptic, rsa, .ed25519("enc").with(["use": "\"enc\""]), .es256("sign-only").with(["key_ops": "[\"sign\"]"]), .es256("twice"), .es256("twice"),
        .es256("secret").with(["kty": "\"oct\"", "k": "\"c2VjcmV0c2VjcmV0\""]), .es256("lying").with(["alg": "\"ES384\""]),
    ])

    @Test("for each reason", arguments: algorithms + keys + shapes + claims)
    func refused(_ bad: BadToken) async throws {
        let verifier = Self.issuer.verifier()
        #expect(await rejection(of: bad.token, by: verifier) == bad.reason)
        #expect(await rejection(of: bad.token, by: verifier) == bad.reason, "also the second time")
        #expect(await rejection(of: Self.issuer.token(), by: verifier) == nil, "and a good one is taken afterwards")
    }

    // MARK: Algorithms

    static let algorithms: [BadToken] = ["none", "None", "nOnE", "", "HS384", "ES512", "RS384", "es256", "ES256 "].map {
        BadToken("alg \($0)", .algorithm, issuer.token(header: ["alg": "\"\($0)\""]))
    } + [
        BadToken("alg none without a signature", .algorithm, unsigned("{\"alg\": \"none\", \"kid\": \"ec\"}")),
        BadToken("alg none without a key's name", .algorithm, unsigned("{\"alg\": \"none\"}")),
        confused("rsa", with: SigningKey.rsaPublicPEM), confused("rsa", with: SigningKey.rsaPublicPEM + "\n"),
        confused("rsa", with: String((rsa.jwk["n"] ?? "").dropFirst().dropLast())), confused("secret", with: "secretsecret"),
        confused("ec", with: String((elliptic.jwk["x"] ?? "").dropFirst().dropLast())),
        BadToken("an RSA key for ES256", .algorithm, issuer.token(header: ["kid": "\"rsa\""])),
        BadToken("an elliptic key for RS256", .algorithm, issuer.token(header: ["kid": "\"ec\"", "alg": "\"RS256\""], key: rsa)),
        BadToken("PS256 with a key that is for RS256", .algorithm, issuer.token(header: ["kid": "\"rsa\"", "alg": "\"PS256\""], key: .ps256("rsa"))),
        BadToken("an elliptic key whose alg is of another curve", .unknownKey, issuer.token(header: ["kid": "\"lying\""])),
        BadToken("alg missing", .malformed, issuer.token(header: ["alg": nil])),
        BadToken("alg that is no text", .malformed, issuer.token(header: ["alg": "[\"ES256\"]"])),
    ]

    /// A token with an HMAC whose secret is public. A verifier that trusts `alg` would accept the token.
    private static func confused(_ kid: String, with secret: String) -> BadToken {
        let token = TestIssuer.signed(
            header: "{\"alg\": \"HS256\", \"kid\": \"\(kid)\"}", claims: goodClaims,
            with: { Array(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Array(secret.utf8)))) })
        return BadToken("HS256 with the public key \(kid)", kid == "secret" ? .unknownKey : .algorithm, token)
    }

    private static func unsigned(_ header: String) -> String {
        TestIssuer.signed(header: header, claims: goodClaims, with: { _ in [] })
    }

    private static let goodClaims = """
        {"iss": "\(TestIssuer.name)", "aud": "\(TestIssuer.audience)", "exp": 4000000000, "client_id": "shop"}
        """

    // MARK: Keys and signatures

    static let keys: [BadToken] = [
        BadToken("a key nobody has", .unknownKey, issuer.token(header: ["kid": "\"none\""])),
        BadToken("a key's name that two have", .unknownKey, issuer.token(header: ["kid": "\"twice\""], key: issuer.keys[4])),
        BadToken("a key for encryption", .unknownKey, issuer.token(key: issuer.keys[2])),
        BadToken("a key not for verifying", .unknownKey, issuer.token(key: issuer.keys[3])),
        BadToken("a key's name that is no text", .malformed, issuer.token(header: ["kid": "1"])),
        BadToken("a key that the token brings along", .signature, issuer.token(header: ["jwk": jwk(stranger)], key: stranger)),
        BadToken("an address of keys that the token brings along", .unknownKey, issuer.token(header: [
            "jku": "\"https://evil.example/keys\"", "kid": "\"x\"",
        ], key: stranger)),
        BadToken("another's signature", .signature, issuer.token(key: stranger)),
        BadToken("an RSA signature of another token", .signature, swapped(issuer.token(key: rsa), issuer.token(["jti": "1"], key: rsa))),
        BadToken("no signature", .signature, String(issuer.token().prefix { _ in true }.split(separator: ".").dropLast().joined(separator: ".") + ".")),
        BadToken("a signature of zeros", .signature, TestIssuer.signed(
            header: #"{"alg": "ES256", "kid": "ec"}"#, claims: goodClaims, with: { _ in Array(repeating: 0, count: 64) })),
        BadToken("a signature that is too long", .signature, TestIssuer.signed(
            header: #"{"alg": "ES256", "kid": "ec"}"#, claims: goodClaims, with: { try elliptic.sign($0) + [0] })),
    ]

    private static let stranger = SigningKey.es256("ec")

    private static func jwk(_ key: SigningKey) -> String {
        String(decoding: [key].set, as: UTF8.self).replacing("{\"keys\": [", with: "").replacing("]}", with: "")
    }

    private static func swapped(_ one: String, _ other: String) -> String {
        one.split(separator: ".").dropLast().joined(separator: ".") + "." + other.split(separator: ".")[2]
    }

    // MARK: Shapes

    static let shapes: [BadToken] = [
        "", ".", "..", "...", "ey", "ey.ey", "ey.ey.ey", "e30.e30.", "e30.e30.e30", " ", "a.b.c.d.e", "ey\u{0}.e30.e30", "é.é.é",
        issuer.token() + ".", issuer.token() + "=", issuer.token() + " ", "." + issuer.token(), String(issuer.token().dropFirst()),
        issuer.token().replacing(".", with: ".."), issuer.token().replacing("_", with: "/") + "/",
    ].map { BadToken("\"\($0.prefix(16))\" (\($0.utf8.count))", .malformed, $0) } + [
        raw("[]", "{}"), raw("{}", "[]"), raw("{\"alg\": \"ES256\"", "{}"), raw("null", "{}"), raw("\"\"", "{}"), raw("{\"alg\": 1}", "{}"),
        raw(#"{"alg": "ES256", "alg": "none", "kid": "ec"}"#, "{}"), raw(#"{"alg": "ES256", "kid": "ec", "kid": "rsa"}"#, "{}"),
        raw(#"{"alg": "ES256", "kid": "ec"}"#, #"{"sub": "a", "sub": "b"}"#), raw(#"{"alg": "ES256", "kid": "ec", "typ": "logout+jwt"}"#, goodClaims),
        raw(#"{"alg": "ES256", "kid": "ec", "typ": "dpop+jwt"}"#, goodClaims), raw(#"{"alg": "ES256", "kid": "ec", "typ": 1}"#, goodClaims),
        raw(#"{"alg": "ES256", "kid": "ec"}"#, String(repeating: "[", count: 3000)),
        BadToken("too long", .oversized, issuer.token(["pad": "\"\(String(repeating: "a", count: 8192))\""])),
        BadToken("very long", .oversized, String(repeating: "ey.", count: 100_000)),
        BadToken("an extension demanded", .critical, issuer.token(header: ["crit": "[\"exp\"]"])),
        BadToken("no extension demanded, but said so", .critical, issuer.token(header: ["crit": "[]"])),
        BadToken("crit null", .critical, issuer.token(header: ["crit": "null"])),
        BadToken("an unencoded payload", .critical, issuer.token(header: ["crit": "[\"b64\"]", "b64": "false"])),
    ]

    private static func raw(_ header: String, _ claims: String) -> BadToken {
        BadToken("\(header.prefix(60)) \(claims.prefix(30))", .malformed, TestIssuer.signed(header: header, claims: claims, with: elliptic.sign))
    }

    // MARK: Claims

    static let claims: [BadToken] = [
        bad(.expired, "exp", "1700000000"), bad(.expired, "exp", "0"), bad(.claims, "exp", nil), bad(.claims, "exp", "null"),
        bad(.claims, "exp", "\"4000000000\""), bad(.claims, "exp", "-1"), bad(.claims, "exp", "1e999"), bad(.claims, "exp", "9223372036854775807"),
        bad(.claims, "exp", "true"), bad(.claims, "exp", "[4000000000]"), bad(.notYetValid, "nbf", "4000000000"), bad(.claims, "nbf", "\"0\""),
        bad(.claims, "nbf", "1e300"), bad(.issuer, "iss", "\"https://evil.example\""), bad(.issuer, "iss", "\"\(TestIssuer.name)/\""),
        bad(.issuer, "iss", nil), bad(.issuer, "iss", "[\"\(TestIssuer.name)\"]"), bad(.audience, "aud", "\"billing\""), bad(.audience, "aud", nil),
        bad(.audience, "aud", "[]"), bad(.audience, "aud", "[\"billing\", 1, null]"), bad(.audience, "aud", "{\"quality-on-demand\": 1}"),
        bad(.audience, "aud", "\"quality-on-demand \""), bad(.claims, "client_id", nil), bad(.claims, "client_id", "1"),
        bad(.claims, "client_id", "\"\""), bad(.claims, "client_id", "\"a\\u0000b\""), bad(.claims, "client_id", "\"\(String(repeating: "a", count: 257))\""),
        bad(.claims, "client_id", "[\"shop\"]"), bad(.claims, "scope", "1"), bad(.claims, "scope", "[1]"), bad(.claims, "scope", "{}"),
        bad(.device, "phone_number", "\"12\""), bad(.device, "phone_number", "1"), bad(.device, "phone_number", "\"\""), bad(.device, "device", "{}"),
        bad(.device, "device", "\"+99999991000\""), bad(.device, "device", #"{"phoneNumber": "1"}"#),
    ]

    private static func bad(_ reason: TokenRejection, _ claim: String, _ value: String?) -> BadToken {
        BadToken("\(claim): \(value?.prefix(40) ?? "none")", reason, issuer.token([claim: value]))
    }
}

@Suite("Access tokens made at random")
struct TokenFuzzTests {
    private let issuer = TestIssuer(keys: [.es256("a"), .ed25519("b"), .rs256("c")])

    @Test("random bytes are neither taken nor choked on")
    func random() async throws {
        let verifier = issuer.verifier()
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let alphabet = random.oneIn(2) ? "ey.J{}\"-_A=" : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_..."
            let text = random.oneIn(4) ? String(decoding: random.bytes(random.int(in: 0...300)), as: UTF8.self) : random.text(random.int(in: 0...300), of: alphabet)
            #expect(await rejection(of: text, by: verifier) != nil, "seed \(seed)")
        }
    }

    @Test("a good token with small changes is not taken")
    func mutated() async throws {
        let verifier = issuer.verifier()
        let originals = issuer.keys.map { Array(issuer.token(["device": #"{"phoneNumber": "+99999991000"}"#], key: $0).utf8) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/".utf8)
        for seed in 0..<6_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let original = random.pick(originals)
            let changed = random.mutated(original, with: random.oneIn(10) ? [] : alphabet)
            let text = String(decoding: changed, as: UTF8.self)
            guard Array(text.utf8) != original else { continue }
            #expect(await rejection(of: text, by: verifier) != nil, "seed \(seed): \(text)")
        }
    }

    @Test("a token whose content was changed, and which was then signed, is taken or refused, but never choked on")
    func signedNonsense() async throws {
        let verifier = issuer.verifier()
        let claims = Array(#"{"iss": "https://idp.example.com/realm", "aud": ["quality-on-demand"], "exp": 4e9, "nbf": 0, "client_id": "a", "scope": "b"}"#.utf8)
        let header = Array(#"{"alg": "ES256", "kid": "a", "typ": "JWT"}"#.utf8)
        let alphabet = Array("{}[]\",:0123456789eE.-+\\u truefalsn".utf8)
        for seed in 0..<4_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let isHeader = random.oneIn(3)
            let token = TestIssuer.signed(
                header: String(decoding: isHeader ? random.mutated(header, with: alphabet) : header, as: UTF8.self),
                claims: String(decoding: isHeader ? claims : random.mutated(claims, with: alphabet), as: UTF8.self), with: issuer.keys[0].sign)
            if await rejection(of: token, by: verifier) == nil {
                // An accepted token contains all necessary claims.
                let principal = try await verifier.verify(token)
                #expect(!principal.client.description.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test("base64url has one spelling for a value")
    func base64() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let bytes = random.bytes(random.int(in: 0...40))
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(Array(text.utf8)) == bytes)
            #expect(text == Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""))
            let other = random.mutated(Array(text.utf8), with: Array("ABCDabcd0123-_=+/ ".utf8))
            if let decoded = Base64URL.decode(other) { #expect(Base64URL.encode(decoded) == String(decoding: other, as: UTF8.self), "seed \(seed)") }
        }
    }
}
