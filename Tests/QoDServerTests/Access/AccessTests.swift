import CAMARA
import HTTPTypes
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import Access
@testable import QoDServer

extension Caller {
    /// The same caller with an access token instead of its key.
    func with(_ token: String) -> Caller {
        Caller(client: client, key: nil, token: token)
    }
}

@Suite("Access tokens, as requests carry them")
struct AccessTests {
    private let issuer = TestIssuer.shared
    private static let thousand = ["phone_number": #""+99999991000""#] as [String: String?]

    @Test("let a client do everything its scopes name, beside API keys")
    func everything() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let shop = platform.caller.with(issuer.token())
            let created = try await shop.create()
            #expect(created.status == 201)
            let id = try #require(created.text("sessionId"))
            #expect(try await shop.get(id).body == created.body)
            #expect(try await shop.extend(id, by: 60).status == 200)
            #expect(try await shop.retrieve(Body.device).json?.elements.count == 1)
            #expect(try await shop.send(Operation.retrieveQoSProfiles.call()).status == 200)
            #expect(try await shop.send(Operation.getQosProfile.call()).status == 200)
            try await platform.caller.get(id).expectError(403, "PERMISSION_DENIED", "another client")
            #expect(try await shop.delete(id).status == 204)
            #expect(try await platform.caller.create().status == 201)
        }
    }

    @Test("allow what their scopes name and nothing else", arguments: Operation.allCases)
    func scopes(_ operation: Operation) async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let others = Set(Operation.allCases.map(\.scope)).subtracting([operation.scope]).map(\.description).joined(separator: " ")
            let without = platform.caller.with(issuer.token(["scope": "\"\(others)\""]))
            try await without.send(operation.call()).expectError(403, "PERMISSION_DENIED", operation.scope.description)
            let none = platform.caller.with(issuer.token(["scope": nil]))
            try await none.send(operation.call()).expectError(403, "PERMISSION_DENIED")
            let alone = platform.caller.with(issuer.token(["scope": "\"openid \(operation.scope)\""]))
            // The session or profile of the request need not exist.
            let status = try await alone.send(operation.call()).status
            #expect(status < 300 || status == 404)
        }
    }

    @Test("that are refused are told why, and nothing of them is repeated")
    func refused() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            for (token, message) in [
                (issuer.token(["exp": "1700000000"]), "has expired"), (issuer.token(key: .es256("shared")), "signature"),
                (issuer.token(["aud": #""billing""#]), "audience"), ("ey.ey.ey", "not a signed JWT"),
                (issuer.token(["pad": "\"\(String(repeating: "a", count: 9000))\""]), "longer than 8192"),
            ] {
                let answer = try await platform.caller.with(token).create()
                answer.expectError(401, "UNAUTHENTICATED", message)
                #expect(answer.header("www-authenticate")?.hasPrefix(#"Bearer error="invalid_token""#) == true)
                #expect(!answer.body.contains(token.prefix(20)) || token.count < 20)
            }
            let nobody = try await Caller(client: platform.caller.client).create()
            nobody.expectError(401, "UNAUTHENTICATED", "an access token or an API key is needed")
            #expect(nobody.header("www-authenticate") == "Bearer")
            #expect(try await platform.store.count() == 0)
        }
    }

    @Test("cannot be checked while the provider's keys were never had: that is not the client's fault")
    func noKeys() async throws {
        let setup = Setup { setup in
            let verifier = TokenVerifier(TestIssuer.requirements, keys: ScriptedKeys(nil), logger: .silent)
            setup.authenticator = CredentialAuthenticator(tokens: verifier, keys: setup.authenticator)
        }
        try await Platform.with(setup) { platform in
            let answer = try await platform.caller.with(issuer.token()).create()
            answer.expectError(503, "UNAVAILABLE", "keys of the identity provider")
            #expect(answer.header("retry-after") == "5")
            #expect(try await platform.caller.create().status == 201, "API keys go on")
        }
    }

    @Test("beside an API key do not count")
    func both() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let answer = try await platform.caller.send(.get, Path.profile("QOS_L"), headers: ["Authorization": "Bearer ey.broken.token"])
            #expect(answer.status == 200)
        }
    }

    @Test("that name the device make sessions of it, and answers do not name it")
    func threeLegged() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let caller = platform.caller.with(issuer.token(Self.thousand))
            let created = try await caller.create(["device": nil])
            #expect(created.status == 201)
            #expect(created["device"] == nil)
            let id = try #require(created.text("sessionId"))
            #expect(try await caller.get(id)["device"] == nil)
            let listed = try await caller.send(.post, Path.retrieveSessions, "{}")
            #expect(listed.json?.elements == [try #require(created.json)])
            let profiles = try await caller.send(.post, Path.retrieveProfiles, "{}")
            #expect(profiles.status == 200)
            // The session belongs to the device, so a client that names the device gets a conflict.
            try await platform.caller.create().expectError(409, "CONFLICT")
            #expect(try await caller.extend(id, by: 60)["device"] == nil)
            #expect(try await caller.delete(id).status == 204)
        }
    }

    @Test("that name the device forbid naming it", arguments: Operation.allCases.filter(\.takesDevice))
    func unnecessary(_ operation: Operation) async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let caller = platform.caller.with(issuer.token(Self.thousand))
            try await caller.send(operation.call()).expectError(422, "UNNECESSARY_IDENTIFIER", "already identified")
        }
    }

    @Test("that name no device need it named")
    func missing() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let caller = platform.caller.with(issuer.token())
            try await caller.create(["device": nil]).expectError(422, "MISSING_IDENTIFIER")
            try await caller.send(.post, Path.retrieveSessions, "{}").expectError(422, "MISSING_IDENTIFIER")
        }
    }

    @Test("for one device reach no session of another, though it is the same client's")
    func otherDevice() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let shop = platform.caller.with(issuer.token())
            let id = try #require(try await shop.create().text("sessionId"))
            for phone in ["+99999991001", "+99999995000", "+36721601234"] {
                let other = platform.caller.with(issuer.token(["phone_number": "\"\(phone)\""]))
                try await other.get(id).expectError(403, "PERMISSION_DENIED", "device of the access token")
                try await other.extend(id, by: 60).expectError(403, "PERMISSION_DENIED", "device of the access token")
                try await other.delete(id).expectError(403, "PERMISSION_DENIED", "device of the access token")
            }
            #expect(try await shop.get(id)["duration"] == .integer(3600))
            // The token names the same device by another identifier.
            let own = platform.caller.with(issuer.token(["device": #"{"ipv6Address": "2001:db8:45::1000"}"#]))
            #expect(try await own.get(id).status == 200)
            #expect(try await own.extend(id, by: 60).status == 200)
            let stranger = platform.caller.with(issuer.token(Self.thousand.merging(["client_id": #""stranger""#]) { $1 }))
            try await stranger.get(id).expectError(403, "PERMISSION_DENIED", "another client")
            try await own.get(Operation.unknownSession).expectError(404, "NOT_FOUND")
            #expect(try await own.delete(id).status == 204)
        }
    }

    @Test("for a device that is not served, or is none, are told so")
    func notServed() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            for (phone, status, code) in [("+99999995000", 422, "SERVICE_NOT_APPLICABLE"), ("+36721601234", 404, "IDENTIFIER_NOT_FOUND")] {
                let caller = platform.caller.with(issuer.token(["phone_number": "\"\(phone)\""]))
                try await caller.create(["device": nil]).expectError(status, code)
                try await caller.send(.post, Path.retrieveSessions, "{}").expectError(status, code)
                try await caller.send(.post, Path.retrieveProfiles, "{}").expectError(status, code)
                try await caller.send(Operation.getQosProfile.call()).expectError(404, "NOT_FOUND")
            }
        }
    }

    @Test("of two devices with the same Idempotency-Key are two requests")
    func idempotency() async throws {
        try await Platform.with(TestIssuer.setup) { platform in
            let first = platform.caller.with(issuer.token(Self.thousand))
            let created = try await first.create(["device": nil], headers: ["Idempotency-Key": "k"])
            #expect(created.status == 201)
            #expect(try await first.create(["device": nil], headers: ["Idempotency-Key": "k"]).body == created.body)
            let second = platform.caller.with(issuer.token(["phone_number": #""+99999991001""#]))
            try await second.create(["device": nil], headers: ["Idempotency-Key": "k"]).expectError(409, "CONFLICT")
        }
    }
}

@Suite("Kinds of identifier that are switched off")
struct IdentifierTests {
    private static let addressesOnly = Setup { $0.server.identifiers = [.ipv4Address, .ipv6Address] }

    @Test("do not count where another is given, and are not answered")
    func mixed() async throws {
        try await Platform.with(Self.addressesOnly) { platform in
            let device = #"{"phoneNumber": "+99999991234", "ipv6Address": "2001:db8:45::1000"}"#
            let created = try await platform.caller.create(["device": device])
            #expect(created["device"] == .of(#"{"ipv6Address": "2001:db8:45::1000"}"#))
            #expect(try await platform.caller.retrieve(device).json?.elements.count == 1)
            // A server that reads only phone numbers refuses the address.
            let setup = Setup { $0.server.identifiers = [.phoneNumber] }
            try await Platform.with(setup) { other in
                try await other.caller.create(["device": #"{"ipv6Address": "2001:db8:45::1000"}"#])
                    .expectError(422, "UNSUPPORTED_IDENTIFIER", "supported are phoneNumber")
            }
        }
    }

    @Test("may still be what an access token names the device by")
    func token() async throws {
        let setup = TestIssuer.setup { $0.server.identifiers = [.ipv6Address] }
        try await Platform.with(setup) { platform async throws in
            let caller = platform.caller.with(TestIssuer.shared.token(["phone_number": #""+99999991000""#]))
            #expect(try await caller.create(["device": nil]).status == 201)
        }
    }
}
