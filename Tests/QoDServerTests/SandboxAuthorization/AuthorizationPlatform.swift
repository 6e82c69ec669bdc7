import CAMARA
import Crypto
import Foundation
import HTTPTypes
import JWTKit
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import Access
@testable import QoDServer
@testable import SandboxAuthorization

/// A platform with its authorization server, and a clock that both share.
struct AuthorizationPlatform: Sendable {
    let caller: Caller
    let server: AuthorizationServer
    let clock: TestClock

    static let issuer = "http://sandbox.test"

    static func with(
        _ clients: [OAuthClient]? = nil, _ change: (inout AuthorizationServer.Configuration) -> Void = { _ in },
        _ body: @Sendable (AuthorizationPlatform) async throws -> Void
    ) async throws {
        var configuration = AuthorizationServer.Configuration()
        configuration.issuer = issuer
        change(&configuration)
        let clock = TestClock()
        var known = [OAuthClient]()
        for name in ["sandbox", "sandbox-2"] { known.append(try await OAuthClient(id: ClientID(name), secret: name)) }
        let server = await AuthorizationServer(
            configuration: configuration, clients: clients ?? known, phoneNumbers: ["+99999991000", "+99999995000"],
            addresses: ["233.252.0.1:1000": "+99999991000", "10.45.4.1": "+99999991000", "2001:db8:45::1000": "+99999991000"], clock: clock)
        try await Platform.with(Setup { $0.authorizationServer = server }) { platform async throws in
            try await body(AuthorizationPlatform(caller: Caller(client: platform.caller.client), server: server, clock: clock))
        }
    }

    /// Sends a form as a client whose secret equals its id; `nil` sends the form without a client.
    func post(_ path: String, _ fields: [String: String], as client: String? = "sandbox", headers: [String: String?] = [:]) async throws -> Answer {
        var headers = headers
        if let client, headers["Authorization"] == nil { headers["Authorization"] = "Basic " + Data("\(client):\(client)".utf8).base64EncodedString() }
        if headers["Content-Type"] == nil { headers["Content-Type"] = "application/x-www-form-urlencoded" }
        let form = fields.sorted { $0.key < $1.key }.map { "\(Self.encode($0.key))=\(Self.encode($0.value))" }.joined(separator: "&")
        return try await caller.send(.post, path, form, headers: headers)
    }

    func token(_ fields: [String: String] = ["grant_type": "client_credentials"], as client: String? = "sandbox") async throws -> Answer {
        try await post("/oauth2/token", fields, as: client)
    }

    func authorize(_ fields: [String: String] = [:], as client: String? = "sandbox") async throws -> Answer {
        let usual = ["login_hint": "tel:+99999991000", "scope": "openid quality-on-demand:sessions:create"]
        return try await post("/oauth2/bc-authorize", usual.merging(fields) { $1 }, as: client)
    }

    func redeem(_ id: String, as client: String = "sandbox") async throws -> Answer {
        try await token(["grant_type": AuthorizationServer.cibaGrant, "auth_req_id": id], as: client)
    }

    /// The claims of a token, after a check of the signature with the server's published key.
    func claims(_ token: String?) async throws -> JSONValue {
        let token = try #require(token)
        let published = try await caller.send(.get, "/oauth2/jwks")
        let keys = try await JWTKeyCollection().add(jwksJSON: published.body)
        _ = try await keys.verify(token, as: NoClaims.self)
        return try JSONValue(parsing: try #require(Base64URL.decode(token.split(separator: ".")[1])))
    }

    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            Base64URL.isDigit(byte) ? String(UnicodeScalar(byte)) : "%" + String(UInt32(byte) + 256, radix: 16, uppercase: true).suffix(2)
        }.joined()
    }
}

/// A payload whose verification checks only the signature.
struct NoClaims: JWTPayload {
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension Answer {
    /// Expects an error in OAuth's format that no cache stores.
    func expectOAuthError(_ status: Int, _ code: String, _ text: String = "", at location: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, "\(body)", sourceLocation: location)
        #expect(properties == ["error", "error_description"], "\(body)", sourceLocation: location)
        #expect(self.text("error") == code, "\(body)", sourceLocation: location)
        #expect(text.isEmpty || self.text("error_description")?.contains(text) == true, "\(body)", sourceLocation: location)
        #expect(header("cache-control") == "no-store" && header("x-correlator") != nil, sourceLocation: location)
        #expect((header("www-authenticate")?.hasPrefix("Basic ") == true) == (status == 401), sourceLocation: location)
    }
}
