import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import QoDServer
@testable import SandboxAuthorization

@Suite("The authorization server: tokens for a device's subscriber")
struct CIBATests {
    private func id(_ platform: AuthorizationPlatform, _ fields: [String: String] = [:], as client: String = "sandbox") async throws -> String {
        let answer = try await platform.authorize(fields, as: client)
        #expect(answer.status == 200, "\(answer.body)")
        return try #require(answer.text("auth_req_id"))
    }

    @Test("a subscriber's token carries the device's phone number, the client and what was asked for")
    func flow() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let asked = try await platform.authorize()
            #expect(asked.properties == ["auth_req_id", "expires_in", "interval"])
            #expect(asked["expires_in"]?.number == 120 && asked["interval"]?.number == 2 && asked.header("cache-control") == "no-store")
            let answer = try await platform.redeem(try #require(asked.text("auth_req_id")))
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.text("scope") == "openid quality-on-demand:sessions:create")
            let claims = try await platform.claims(answer.text("access_token"))
            #expect(claims["phone_number"]?.text == "+99999991000" && claims["client_id"]?.text == "sandbox")
            let subject = try #require(claims["sub"]?.text)
            #expect(subject != "sandbox" && !subject.contains("9999999"))
            let identity = try await platform.claims(answer.text("id_token"))
            #expect(identity["aud"]?.text == "sandbox" && identity["sub"]?.text == subject && identity["phone_number"] == nil)
            #expect(identity["urn:openid:params:jwt:claim:auth_req_id"]?.text == asked.text("auth_req_id"))

            let again = try await platform.redeem(try await id(platform, ["scope": "quality-on-demand:sessions:read"], as: "sandbox-2"), as: "sandbox-2")
            #expect(try await platform.claims(again.text("access_token"))["sub"]?.text == subject)
            #expect(again.text("id_token") == nil)
            let other = try await platform.redeem(try await id(platform, ["login_hint": "tel:+99999995000"]))
            #expect(try await platform.claims(other.text("access_token"))["sub"]?.text != subject)
        }
    }

    @Test("an auth_req_id is good once, for whom it was given; a stranger does not use it up")
    func onceAndOwn() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let id = try await id(platform)
            try await platform.redeem(id, as: "sandbox-2").expectOAuthError(400, "invalid_grant")
            #expect(try await platform.redeem(id).status == 200)
            try await platform.redeem(id).expectOAuthError(400, "invalid_grant")
            try await platform.redeem("made-up").expectOAuthError(400, "invalid_grant")
        }
    }

    @Test("of many that redeem one auth_req_id at once, one gets a token")
    func race() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let id = try await id(platform)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await platform.redeem(id).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 1)
        }
    }

    @Test("an auth_req_id expires, at the time that was asked for")
    func expiry() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let (usual, short) = (try await id(platform), try await id(platform, ["requested_expiry": "5"]))
            platform.clock.advance(by: .seconds(5))
            try await platform.redeem(short).expectOAuthError(400, "expired_token")
            try await platform.redeem(short, as: "sandbox-2").expectOAuthError(400, "invalid_grant")
            platform.clock.advance(by: .seconds(114))
            let last = try await id(platform)
            platform.clock.advance(by: .seconds(1))
            try await platform.redeem(usual).expectOAuthError(400, "expired_token")
            #expect(try await platform.redeem(last).status == 200)
            platform.clock.advance(by: .seconds(600))
            try await platform.redeem(usual).expectOAuthError(400, "invalid_grant")
        }
    }

    @Test("until it is approved the answer is pending, and who asks too often is told to slow down")
    func pending() async throws {
        try await AuthorizationPlatform.with(nil, { $0.approvalDelay = 30 }) { platform async throws in
            let id = try await id(platform)
            try await platform.redeem(id).expectOAuthError(400, "authorization_pending", "2 s")
            platform.clock.advance(by: .seconds(2))
            try await platform.redeem(id).expectOAuthError(400, "authorization_pending")
            platform.clock.advance(by: .seconds(1))
            try await platform.redeem(id).expectOAuthError(400, "slow_down", "7 s")
            platform.clock.advance(by: .seconds(6))
            try await platform.redeem(id).expectOAuthError(400, "slow_down", "12 s")
            platform.clock.advance(by: .seconds(12))
            try await platform.redeem(id).expectOAuthError(400, "authorization_pending")
            platform.clock.advance(by: .seconds(9))
            #expect(try await platform.redeem(id).status == 200)
        }
    }

    @Test("a device that is not known, and a hint that names none, are told apart", arguments: [
        (["login_hint": "tel:+36201234567"], "unknown_user_id", "/sandbox/v1/devices"),
        (["login_hint": "tel:99999991000"], "invalid_request", "login_hint"), (["login_hint": "tel:+9999 9991000"], "invalid_request", "login_hint"),
        (["login_hint": "ipport:233.252.0.1:1001"], "unknown_user_id", "/sandbox/v1/devices"), (["login_hint": "tel:"], "invalid_request", "tel:"),
        (["login_hint": "ipport:233.252.0.1"], "unknown_user_id", "ipport:"), (["login_hint": "ipport:"], "invalid_request", "ipport:"),
        (["login_hint": "ipport:233.252.0.1:0"], "invalid_request", "ipport:"), (["login_hint": "ipport:233.252.0.1:+1000"], "invalid_request", "ipport:"),
        (["login_hint": "ipport:[2001:db8:45::1000]443"], "invalid_request", "ipport:"), (["login_hint": "ipport:host:1000"], "invalid_request", "ipport:"),
        (["login_hint": "someone"], "unknown_user_id", "/sandbox/v1/devices"), (["login_hint": "sub:1"], "unknown_user_id", "/sandbox/v1/devices"),
        (["login_hint": ""], "invalid_request", "login_hint is missing"), (["login_hint_token": "x"], "invalid_request", "login_hint_token"),
        (["id_token_hint": "x"], "invalid_request", "id_token_hint"), (["scope": ""], "invalid_request", "scope is missing"),
        (["scope": "everything"], "invalid_scope", "quality-on-demand:sessions:create"), (["requested_expiry": "0"], "invalid_request", "requested_expiry"),
        (["requested_expiry": "601"], "invalid_request", "1...600"),
    ])
    func refusals(_ fields: [String: String], _ code: String, _ text: String) async throws {
        try await AuthorizationPlatform.with { platform async throws in
            try await platform.authorize(fields).expectOAuthError(400, code, text)
        }
    }

    @Test("a device is named by its address too, with a port where many have the address", arguments: [
        "ipport:233.252.0.1:1000", "ipport:[2001:db8:45::1000]:443", "ipport:[2001:DB8:45:0::1000]", "ipport:2001:db8:45::1000", "ipport:10.45.4.1:5000",
        "ipport:10.45.4.1",
    ])
    func address(_ hint: String) async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let answer = try await platform.redeem(try await id(platform, ["login_hint": hint]))
            #expect(try await platform.claims(answer.text("access_token"))["phone_number"]?.text == "+99999991000")
        }
    }

    @Test("CAMARA's purpose goes through, and a token's lifetime can be chosen here too")
    func purpose() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let id = try await id(platform, ["scope": "openid dpv:RequestedServiceProvision quality-on-demand:sessions:create nonsense"])
            let answer = try await platform.token(["grant_type": AuthorizationServer.cibaGrant, "auth_req_id": id, "expires_in": "3"])
            #expect(answer.text("scope") == "openid dpv:RequestedServiceProvision quality-on-demand:sessions:create")
            #expect(answer["expires_in"]?.number == 3)
        }
    }

    @Test("how much is pending is bounded; what is over makes room")
    func bounded() async throws {
        try await AuthorizationPlatform.with(nil, { $0.capacity = 3 }) { platform async throws in
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await id(platform)) }
            let answer = try await platform.authorize()
            answer.expectOAuthError(503, "temporarily_unavailable")
            #expect(answer.header("retry-after") == "10")
            #expect(try await platform.redeem(ids[0]).status == 200)
            _ = try await id(platform)
            platform.clock.advance(by: .seconds(120))
            for _ in 0..<3 { _ = try await id(platform) }
        }
    }
}
