import CAMARA
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import Access
@testable import QoDServer

@Suite("Access tokens that are good")
struct TokenVerifierTests {
    static let allKeys: [SigningKey] = [.rs256("r"), .ps256("p"), .es256("e"), .es384("f"), .ed25519("d")]

    @Test("are taken with every algorithm", arguments: allKeys.indices)
    func algorithms(_ index: Int) async throws {
        let issuer = TestIssuer(keys: Self.allKeys)
        let verifier = issuer.verifier()
        let principal = try await verifier.verify(issuer.token(key: Self.allKeys[index]))
        #expect(principal == Principal(client: ClientID("shop"), scopes: Set(Operation.allCases.map(\.scope))))
    }

    @Test("may leave out the key's name where one key alone fits the algorithm")
    func withoutKeyID() async throws {
        let key = SigningKey.es256("e").with(["kid": nil])
        let one = TestIssuer(keys: [key, .ed25519("d")])
        #expect(await rejection(of: one.token(header: ["kid": nil]), by: one.verifier()) == nil)
        let two = TestIssuer(keys: [key, .es256("other")])
        #expect(await rejection(of: two.token(header: ["kid": nil]), by: two.verifier()) == .unknownKey)
    }

    @Test("name the client in the first claim that is there", arguments: [
        (["client_id": #""a""#, "azp": #""b""#, "sub": #""c""#], "a"), (["client_id": nil, "azp": #""b""#, "sub": #""c""#], "b"),
        (["client_id": "null", "sub": #""c""#], "c"), (["client_id": #""Käufer 7""#], "Käufer 7"),
    ] as [([String: String?], String)])
    func client(_ claims: [String: String?], _ client: String) async throws {
        let principal = try await TestIssuer.shared.verifier().verify(TestIssuer.shared.token(claims))
        #expect(principal.client == ClientID(client))
    }

    @Test("list scopes as a text or as an array", arguments: [
        (["scope": #""a b:c  d""#], ["a", "b:c", "d"]), (["scope": #"["a", "b:c"]"#], ["a", "b:c"]), (["scope": nil, "scp": #"["a"]"#], ["a"]),
        (["scope": nil, "scp": #""a b""#], ["a", "b"]), (["scope": nil], []), (["scope": #""""#, "scp": #""a""#], []),
    ] as [([String: String?], [String])])
    func scopes(_ claims: [String: String?], _ scopes: [String]) async throws {
        let principal = try await TestIssuer.shared.verifier().verify(TestIssuer.shared.token(claims))
        #expect(principal.scopes == Set(scopes.map { Scope($0) }))
    }

    @Test("name the device where they are three-legged", arguments: [
        (["phone_number": #""+99999991000""#], #"{"phoneNumber": "+99999991000"}"#),
        (["phone_number": #""tel:+99999991000""#], #"{"phoneNumber": "+99999991000"}"#),
        (["phone_number": #""+9 (999) 999-1000""#], #"{"phoneNumber": "+99999991000"}"#),
        (["device": #"{"ipv6Address": "2001:db8:45::1000"}"#], #"{"ipv6Address": "2001:db8:45::1000"}"#),
        (["phone_number": "null", "device": #"{"phoneNumber": "+99999991000", "imei": 1}"#], #"{"phoneNumber": "+99999991000"}"#),
    ] as [([String: String?], String)])
    func device(_ claims: [String: String?], _ device: String) async throws {
        let principal = try await TestIssuer.shared.verifier().verify(TestIssuer.shared.token(claims))
        #expect(principal.device == (try Device(JSONNode(parsing: device.utf8, unknownProperties: .rejected))))
    }

    @Test("are read by the claims that are configured")
    func configuredClaims() async throws {
        var requirements = TestIssuer.requirements
        requirements.clientClaims = ["https://example.com/app"]
        requirements.scopeClaims = ["permissions"]
        requirements.deviceClaims = [.init("nai", .networkAccessIdentifier), .init("address", .ipv6Address)]
        let verifier = TestIssuer.shared.verifier(requirements)
        let claims = ["https://example.com/app": #""x""#, "permissions": #"["a"]"#, "phone_number": #""not looked at""#]
        #expect(try await verifier.verify(TestIssuer.shared.token(claims)) == Principal(client: ClientID("x"), scopes: [Scope("a")]))
        let named = try await verifier.verify(TestIssuer.shared.token(claims.merging(["nai": #""a@b""#]) { $1 }))
        #expect(named.device == (try Device(networkAccessIdentifier: NetworkAccessIdentifier("a@b"))))
        let address = try await verifier.verify(TestIssuer.shared.token(claims.merging(["address": #""2001:db8::1""#]) { $1 }))
        #expect(address.device == (try Device(ipv6Address: DeviceIPv6Address("2001:db8::1"))))
    }

    @Test("bind their client to sites, if a claim for that is configured")
    func sites() async throws {
        var requirements = TestIssuer.requirements
        requirements.siteClaims = ["sites", "places"]
        let verifier = TestIssuer.shared.verifier(requirements)
        func sites(_ claims: [String: String], _ verifier: TokenVerifier) async throws -> Set<String>? {
            try await verifier.verify(TestIssuer.shared.token(claims)).sites.map { Set($0.map(\.description)) }
        }
        #expect(try await sites([:], verifier) == nil)
        #expect(try await sites(["sites": #""north east-2""#], verifier) == ["north", "east-2"])
        #expect(try await sites(["places": #"["north"]"#], verifier) == ["north"])
        #expect(try await sites(["sites": #""""#, "places": #"["north"]"#], verifier) == [], "the first claim in the token counts")
        #expect(try await sites(["sites": #""north""#], TestIssuer.shared.verifier()) == nil, "without configuration the claim means nothing")
        for wrong in [#""North""#, "7", #"["a", 7]"#] {
            #expect(await rejection(of: TestIssuer.shared.token(["sites": wrong]), by: verifier) == .claims, "\(wrong)")
        }
    }

    @Test("may be for one of several audiences, and for any where none is asked for")
    func audiences() async throws {
        let issuer = TestIssuer.shared
        #expect(await rejection(of: issuer.token(["aud": #"["x", "another"]"#]), by: issuer.verifier()) == nil)
        var requirements = TestIssuer.requirements
        requirements.audiences = []
        requirements.issuer = nil
        #expect(await rejection(of: issuer.token(["aud": nil, "iss": nil]), by: issuer.verifier(requirements)) == nil)
    }

    @Test("are taken from the skew before their time to the skew after it")
    func time() async throws {
        let clock = TestClock()
        let issuer = TestIssuer.shared
        let now = clock.now.milliseconds / 1000
        let token = issuer.token(["nbf": "\(now + 100)", "exp": "\(now + 200).5"])
        for (second, expected) in [(39, TokenRejection.notYetValid), (40, nil), (200, nil), (260, nil), (261, .expired)] as [(Int, TokenRejection?)] {
            clock.jump(by: .milliseconds(Int64(second) * 1000 - (clock.now.milliseconds - now * 1000)))
            // Each check in this loop verifies the token anew; the verifier below also uses its cache.
            #expect(await rejection(of: token, by: issuer.verifier(clock: clock)) == expected, "second \(second)")
        }
        let verifier = issuer.verifier(clock: clock)
        clock.jump(by: .seconds(-61))
        #expect(await rejection(of: token, by: verifier) == nil)
        clock.jump(by: .seconds(61))
        #expect(await rejection(of: token, by: verifier) == .expired, "also where it was good before")
        clock.jump(by: .seconds(-250))
        #expect(await rejection(of: token, by: verifier) == .notYetValid)
    }

    @Test("are kept by digest, never more of them than there is room for")
    func cache() async throws {
        let cache = VerifiedTokens(capacity: 10)
        let issuer = TestIssuer.shared
        let verifier = issuer.verifier(cache: cache)
        let busy = issuer.token()
        for index in 0..<50 {
            #expect(await rejection(of: issuer.token(["jti": "\(index)"]), by: verifier) == nil)
            #expect(await rejection(of: busy, by: verifier) == nil)
            #expect(cache.count <= 10)
        }
        #expect(cache.count > 1)
    }
}
