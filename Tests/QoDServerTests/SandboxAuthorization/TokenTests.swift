import Access
import CAMARA
import Foundation
import HTTPTypes
import HummingbirdTesting
import JWTKit
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import QoDServer
@testable import SandboxAuthorization

@Suite("The authorization server: tokens for clients")
struct TokenTests {
    @Test("a client gets a token that says who it is, what it may do, for whom and until when")
    func token() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let answer = try await platform.token()
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.properties == ["access_token", "token_type", "expires_in", "scope"])
            #expect(answer.text("token_type") == "Bearer" && answer["expires_in"]?.number == 3600)
            #expect(answer.header("cache-control") == "no-store" && answer.header("content-type") == "application/json")
            let claims = try await platform.claims(answer.text("access_token"))
            let now = Int(platform.clock.now.milliseconds / 1000)
            #expect(claims["iss"]?.text == AuthorizationPlatform.issuer && claims["aud"]?.text == AuthorizationPlatform.issuer)
            #expect(claims["client_id"]?.text == "sandbox" && claims["sub"]?.text == "sandbox" && claims["phone_number"] == nil)
            #expect(claims["iat"]?.number == now && claims["nbf"]?.number == now && claims["exp"]?.number == now + 3600)
            #expect(claims["scope"]?.text == Scope.all.map(\.description).joined(separator: " "))
            let other = try await platform.claims(try await platform.token(as: "sandbox-2").text("access_token"))
            #expect(other["client_id"]?.text == "sandbox-2" && other["jti"] != claims["jti"])
            let header = try #require(Base64URL.decode(answer.text("access_token")!.split(separator: ".")[0]).flatMap(JSONMembers.init))
            #expect(header.text("alg") == "ES256" && header.text("typ") == "at+jwt" && header.text("kid") == platform.server.jwks.keys[0].keyIdentifier?.string)
        }
    }

    @Test("the client proves who it is in the header or in the form, encoded or not")
    func authentication() async throws {
        let client = try await OAuthClient(id: ClientID("a b:c%é"), secret: "s+/: &=")
        try await AuthorizationPlatform.with([client]) { platform async throws in
            let (id, secret) = (AuthorizationPlatform.encode("a b:c%é"), AuthorizationPlatform.encode("s+/: &="))
            let basic = "Basic " + Data("\(id):\(secret)".utf8).base64EncodedString()
            for header in [basic, basic.replacing("Basic", with: "bAsIc")] {
                #expect(try await platform.post("/oauth2/token", ["grant_type": "client_credentials"], headers: ["Authorization": header]).status == 200)
            }
            let fields = ["grant_type": "client_credentials", "client_id": "a b:c%é", "client_secret": "s+/: &="]
            #expect(try await platform.token(fields, as: nil).status == 200)
        }
    }

    @Test("who does not prove who it is gets 401, and learns nothing", arguments: [
        (nil, [:]), ("sandbox", ["Authorization": "Basic"]), ("sandbox", ["Authorization": "Basic !!!"]),
        ("sandbox", ["Authorization": "Basic " + Data("sandbox".utf8).base64EncodedString()]),
        ("sandbox", ["Authorization": "Basic " + Data("sandbox:wrong".utf8).base64EncodedString()]),
        ("sandbox", ["Authorization": "Basic " + Data("sandbox:sandbox ".utf8).base64EncodedString()]),
        ("sandbox", ["Authorization": "Basic " + Data("nobody:sandbox".utf8).base64EncodedString()]),
        ("sandbox", ["Authorization": "Basic " + Data("sandbox:%zz".utf8).base64EncodedString()]),
        ("sandbox", ["Authorization": "Basic " + Data("sandbox:sandbox-2".utf8).base64EncodedString()]),
        ("sandbox", ["Authorization": "Bearer sandbox"]), ("nobody", [:]),
    ] as [(String?, [String: String])])
    func strangers(_ client: String?, _ headers: [String: String]) async throws {
        try await AuthorizationPlatform.with { platform async throws in
            for path in ["/oauth2/token", "/oauth2/bc-authorize"] {
                let answer = try await platform.post(path, ["grant_type": "client_credentials"], as: client, headers: headers.mapValues { $0 })
                answer.expectOAuthError(401, "invalid_client")
                #expect(!answer.body.contains("sandbox"))
            }
        }
    }

    @Test("secrets in the form are checked like those in the header")
    func post() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let fields = ["grant_type": "client_credentials", "client_id": "sandbox"]
            try await platform.token(fields.merging(["client_secret": "s3cretguess"]) { $1 }, as: nil).expectOAuthError(401, "invalid_client")
            try await platform.token(fields, as: nil).expectOAuthError(401, "invalid_client")
            try await platform.token(["grant_type": "client_credentials", "client_secret": "sandbox"], as: nil)
                .expectOAuthError(400, "invalid_request", "client_id is missing")
            try await platform.token(fields.merging(["client_secret": "sandbox"]) { $1 }).expectOAuthError(400, "invalid_request", "more than one way")
            try await platform.token(["grant_type": "client_credentials", "client_id": "sandbox-2"])
                .expectOAuthError(400, "invalid_request", "client_id is not the authenticated client")
            #expect(try await platform.token(fields).status == 200)
        }
    }

    @Test("grants that are not known, and none, are refused")
    func grants() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            for grant in ["password", "authorization_code", "CLIENT_CREDENTIALS", "refresh_token"] {
                try await platform.token(["grant_type": grant]).expectOAuthError(400, "unsupported_grant_type", "client_credentials")
            }
            try await platform.token([:]).expectOAuthError(400, "invalid_request", "grant_type is missing")
            try await platform.redeem("").expectOAuthError(400, "invalid_request", "auth_req_id is missing")
        }
    }

    @Test("what is granted is what was asked for and is allowed")
    func scopes() async throws {
        let client = try await OAuthClient(id: ClientID("sandbox"), secret: "sandbox", scopes: [.readProfiles, .readSessions])
        try await AuthorizationPlatform.with([client]) { platform async throws in
            func granted(_ scope: String?) async throws -> Answer {
                try await platform.token(["grant_type": "client_credentials"].merging(scope.map { ["scope": $0] } ?? [:]) { $1 })
            }
            #expect(try await granted(nil).text("scope") == "qos-profiles:read quality-on-demand:sessions:read")
            #expect(try await granted("qos-profiles:read quality-on-demand:sessions:create qos-profiles:read").text("scope") == "qos-profiles:read")
            try await granted("quality-on-demand:sessions:create").expectOAuthError(400, "invalid_scope", "qos-profiles:read")
            try await granted("openid").expectOAuthError(400, "invalid_scope")
            try await granted("a\"b").expectOAuthError(400, "invalid_scope")
            let token = try await granted("qos-profiles:read").text("access_token")
            #expect(try await platform.claims(token)["scope"]?.text == "qos-profiles:read")
        }
    }

    @Test("a token can be asked for that expires soon")
    func lifetimes() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            for lifetime in [1, 86_400] {
                let answer = try await platform.token(["grant_type": "client_credentials", "expires_in": "\(lifetime)"])
                #expect(answer["expires_in"]?.number == lifetime)
                let claims = try await platform.claims(answer.text("access_token"))
                #expect(claims["exp"]?.number == (claims["iat"]?.number ?? 0) + lifetime)
            }
            for lifetime in ["0", "86401", "-1", "x", "1.5"] {
                try await platform.token(["grant_type": "client_credentials", "expires_in": lifetime])
                    .expectOAuthError(400, "invalid_request", "expires_in is not a whole number in 1...86400")
            }
        }
    }

    @Test("what is no form is refused in OAuth's shape")
    func bodies() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let json = ["Content-Type": "application/json"]
            try await platform.post("/oauth2/token", [:], headers: json).expectOAuthError(400, "invalid_request", "content type")
            let form = "application/x-www-form-urlencoded"
            func send(_ body: String) async throws -> Answer {
                try await platform.caller.send(.post, "/oauth2/token", body, headers: ["Content-Type": form, "Authorization": "Basic c2FuZGJveDpzYW5kYm94"])
            }
            try await send("grant_type=client_credentials&grant_type=client_credentials").expectOAuthError(400, "invalid_request", "twice")
            try await send("grant_type").expectOAuthError(400, "invalid_request")
            try await send("x=" + String(repeating: "x", count: 20_000)).expectOAuthError(413, "invalid_request")
            #expect(try await send("grant_type=client_credentials").status == 200)
            try await platform.caller.send(.get, "/oauth2/token").expectError(405, "METHOD_NOT_ALLOWED", "POST")
        }
    }

    @Test("the server describes itself, and its keys hold nothing private")
    func discovery() async throws {
        try await AuthorizationPlatform.with { platform async throws in
            let answer = try await platform.caller.send(.get, "/.well-known/openid-configuration")
            #expect(answer.text("issuer") == AuthorizationPlatform.issuer)
            #expect(answer.text("token_endpoint") == "\(AuthorizationPlatform.issuer)/oauth2/token")
            #expect(answer.text("backchannel_authentication_endpoint") == "\(AuthorizationPlatform.issuer)/oauth2/bc-authorize")
            let path = try #require(answer.text("jwks_uri")?.dropFirst(AuthorizationPlatform.issuer.count))
            let keys = try await platform.caller.send(.get, String(path))
            #expect(keys["keys"]?[0]?.names == ["kty", "use", "alg", "kid", "crv", "x", "y"])
            #expect(Array(keys.body.utf8) == platform.server.jwksJSON)
            #expect(platform.server.jwks.keys[0].x == keys["keys"]?[0]?["x"]?.text)
        }
    }

    @Test("each start has a key of its own, and without the sandbox there is no authorization server")
    func keys() async throws {
        let (one, other) = (await TokenSigner(), await TokenSigner())
        #expect(one.keyID != other.keyID && one.keyID.utf8.count == 43)
        try await Platform.with { platform async throws in
            for path in ["/oauth2/jwks", "/.well-known/openid-configuration"] {
                try await platform.caller.send(.get, path).expectError(404, "NOT_FOUND")
            }
            try await platform.caller.send(.post, "/oauth2/token", "x").expectError(404, "NOT_FOUND")
        }
    }

    @Test("without a configured issuer it is where the platform listens")
    func issuer() async throws {
        let server = await AuthorizationServer(clients: [try await OAuthClient(id: ClientID("sandbox"), secret: "sandbox")], phoneNumbers: [])
        try await Platform.with(Setup { $0.authorizationServer = server; $0.framework = .live }) { platform async throws in
            let port = try #require(platform.caller.client.port)
            #expect(try await platform.caller.send(.get, "/.well-known/openid-configuration").text("issuer") == "http://127.0.0.1:\(port)")
        }
    }
}
