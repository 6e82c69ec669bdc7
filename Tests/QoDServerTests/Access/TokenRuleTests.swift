import Crypto
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import Access
@testable import QoDServer
@testable import SandboxAuthorization

@Suite("Rules for access tokens that are configured")
struct TokenRuleTests {
    private let issuer = TestIssuer.shared

    private func verifier(_ change: (inout TokenRequirements) -> Void, clock: any EngineClock = SystemClock()) -> TokenVerifier {
        var requirements = TestIssuer.requirements
        change(&requirements)
        return issuer.verifier(requirements, clock: clock)
    }

    @Test("a token whose end lies too far ahead is refused, until its end comes near")
    func lifetime() async throws {
        let clock = TestClock()
        let verifier = verifier({ $0.longestLifetime = 3600 }, clock: clock)
        let now = clock.now.milliseconds / 1000
        #expect(await rejection(of: issuer.token(["exp": "\(now + 3600)"]), by: verifier) == nil)
        let long = issuer.token(["exp": "\(now + 3602)"])
        #expect(await rejection(of: long, by: verifier) == .lifetime)
        #expect(await rejection(of: issuer.token(["exp": "4000000000"]), by: verifier) == .lifetime)
        clock.advance(by: .seconds(10))
        #expect(await rejection(of: long, by: verifier) == nil)
    }

    @Test("a token without aud is taken from the clients that are named, and one with aud is still checked")
    func clients() async throws {
        let verifier = verifier { $0.clientsWithoutAudience = ["shop", "drones"] }
        #expect(await rejection(of: issuer.token(["aud": nil]), by: verifier) == nil)
        #expect(await rejection(of: issuer.token(["aud": nil, "client_id": #""drones""#]), by: verifier) == nil)
        #expect(await rejection(of: issuer.token(["aud": nil, "client_id": #""billing""#]), by: verifier) == .audience)
        #expect(await rejection(of: issuer.token(["aud": #""billing""#]), by: verifier) == .audience)
        #expect(await rejection(of: issuer.token(["aud": "[]"]), by: verifier) == .audience)
        #expect(await rejection(of: issuer.token(), by: verifier) == nil)

        let without = self.verifier { requirements in
            requirements.audiences = []
            requirements.refusesAudiences = true
            requirements.clientsWithoutAudience = ["shop"]
        }
        #expect(await rejection(of: issuer.token(["aud": nil]), by: without) == nil)
        #expect(await rejection(of: issuer.token(), by: without) == .audience)
    }

    @Test("what a provider puts before the names of scopes is taken off, in a text and in an array", arguments: [
        #""qod/quality-on-demand:sessions:create api://qod/qos-profiles:read openid""#,
        #"["qod/quality-on-demand:sessions:create", "api://qod/qos-profiles:read", "openid"]"#,
    ])
    func prefixes(_ scopes: String) async throws {
        let verifier = verifier { $0.scopePrefixes = ["qod/", "api://", "api://qod/"] }
        let principal = try await verifier.verify(issuer.token(["scope": scopes]))
        #expect(principal.scopes == [.createSessions, .readProfiles, Scope("openid")])
        let plain = try await issuer.verifier().verify(issuer.token(["scope": scopes]))
        #expect(plain.scopes?.contains(.createSessions) == false)
    }

    @Test("an ECDSA signature with the other s is the same token to what remembers tokens")
    func otherSignature() async throws {
        let cache = VerifiedTokens()
        let verifier = issuer.verifier(cache: cache)
        let token = issuer.token()
        let other = try Self.withOtherSignature(token)
        #expect(other != token)
        for text in [token, other, token, other] {
            #expect(await rejection(of: text, by: verifier) == nil)
            #expect(cache.count == 1)
        }
        #expect(await rejection(of: token.dropLast(4) + "AAAA", by: verifier) == .signature, "and a wrong one is not taken for it")
        #expect(await rejection(of: token, by: verifier) == nil)
    }

    /// Replaces the signature (r, s) by (r, n - s), which is valid for the same text and key.
    private static func withOtherSignature(_ token: String) throws -> String {
        let order: [UInt8] = [
            0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
        ]
        let point = try #require(token.lastIndex(of: "."))
        var signature = try #require(Base64URL.decode(token[token.index(after: point)...]))
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - Int(signature[32 + index]) - borrow
            borrow = difference < 0 ? 1 : 0
            signature[32 + index] = UInt8(truncatingIfNeeded: difference)
        }
        return token[...point] + Base64URL.encode(signature)
    }

    @Test("keys of Ed25519 of small order, with which everybody could sign, are in no set", arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080", "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ])
    func smallOrder(_ hex: String) async throws {
        let bytes = stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
        #expect(bytes.count == 32)
        let weak = SigningKey.ed25519("weak").with(["x": "\"\(Base64URL.encode(bytes))\""])
        await #expect(throws: KeySourceError.self) { try await KeySet([weak].set) }
        let good = SigningKey.ed25519("good")
        #expect(await rejection(of: issuer.token(key: good), by: TestIssuer(keys: [weak, good]).verifier()) == nil)
        let keys = String(decoding: [weak].set, as: UTF8.self)
        let error = await #expect(throws: InvalidValue.self) { try await OAuthClient(id: ClientID("a"), secret: nil, publicKeys: keys) }
        #expect(error?.description.hasPrefix("keys[0].x: ") == true)
    }
}
