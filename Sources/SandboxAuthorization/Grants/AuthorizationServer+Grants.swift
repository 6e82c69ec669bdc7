import Access
import Foundation
import QualityOnDemand
import Southbound

/// The answer of a token endpoint (RFC 6749, section 5.1).
struct TokenAnswer: Sendable {
    let accessToken: String
    let lifetime: Int
    let scope: String
    let idToken: String?
}

/// The answer to an accepted authentication request (OpenID CIBA, section 7.3).
struct AuthenticationAnswer: Sendable {
    let id: String
    let lifetime: Int
    let interval: Int
}

extension AuthorizationServer {
    static let cibaGrant = "urn:openid:params:grant-type:ciba"
    static let grants = ["client_credentials", cibaGrant]
    private static let lifetimes = 1...86_400
    private static let requestLifetimes = 1...600
    private static let requestLifetime = 120

    /// Issues a token for a client's request.
    func token(for client: OAuthClient, _ form: Form) async throws -> TokenAnswer {
        let grant = try form.required("grant_type")
        let lifetime = try form.integer("expires_in", in: Self.lifetimes) ?? configuration.tokenLifetime
        switch grant {
        case "client_credentials":
            let scopes = try Self.granted(form["scope"], to: client, always: { _ in false })
            return try await token(for: client, scopes: scopes, lifetime: lifetime)
        case Self.cibaGrant:
            let id = try form.required("auth_req_id")
            let request = try pending.redeem(id, by: client.id, now: clock.now)
            return try await token(for: client, scopes: request.scopes, lifetime: lifetime, subscriber: request.phoneNumber, requestID: id)
        default:
            throw OAuthError(.unsupportedGrantType, "grant_type is not one of \(Self.grants.joined(separator: ", "))")
        }
    }

    /// Accepts a request for a token that stands for a device's subscriber.
    func authenticate(_ client: OAuthClient, _ form: Form) throws(OAuthError) -> AuthenticationAnswer {
        let scopes = try Self.granted(try form.required("scope"), to: client) { $0 == "openid" || $0.hasPrefix("dpv:") }
        for name in ["login_hint_token", "id_token_hint"] where form[name] != nil {
            throw .invalidRequest("\(name) is not supported; use login_hint=tel:+… or login_hint=ipport:…")
        }
        let number = try subscriber(try LoginHint(try form.required("login_hint")))
        let lifetime = try form.integer("requested_expiry", in: Self.requestLifetimes) ?? Self.requestLifetime
        let request = PendingAuthentications.Request(client: client.id, phoneNumber: number, scopes: scopes)
        let id = try pending.insert(request, approvedAfter: configuration.approvalDelay, lifetime: lifetime, now: clock.now)
        return AuthenticationAnswer(id: id, lifetime: lifetime, interval: PendingAuthentications.interval)
    }

    private func subscriber(_ hint: LoginHint) throws(OAuthError) -> PhoneNumber {
        let number: PhoneNumber? =
            switch hint {
            case .phoneNumber(let number): knows(number) ? number : nil
            case .address(let address, let port): self.number(at: address, port: port)
            case .other: nil
            }
        guard let number else {
            throw OAuthError(
                .unknownUserID, "login_hint names no test device; /sandbox/v1/devices lists them, for tel:+99999991000 or ipport:233.252.0.1:1000")
        }
        return number
    }

    /// The requested scopes that the client may have; all the client's scopes if the request names none.
    private static func granted(
        _ asked: String?, to client: OAuthClient, always isAlwaysGranted: (String) -> Bool
    ) throws(OAuthError) -> [String] {
        let allowed = client.scopes.map(\.description)
        guard let asked else { return allowed }
        var granted: [String] = []
        for scope in asked.split(separator: " ").map(String.init) where !granted.contains(scope) {
            guard isScope(scope) else { throw OAuthError(.invalidScope, "scope is not a list of names separated by spaces") }
            if allowed.contains(scope) || isAlwaysGranted(scope) { granted.append(scope) }
        }
        guard !granted.isEmpty else {
            throw OAuthError(.invalidScope, "none of the requested scopes is allowed; allowed are \(allowed.joined(separator: ", "))")
        }
        return granted
    }

    /// Whether the text is a scope by RFC 6749, section 3.3.
    private static func isScope(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    private func token(
        for client: OAuthClient, scopes: [String], lifetime: Int, subscriber: PhoneNumber? = nil, requestID: String? = nil
    ) async throws -> TokenAnswer {
        let now = clock.now.milliseconds / 1000
        let subject = subscriber.map(Self.subject) ?? client.id.description
        let access = TokenClaims(
            iss: issuer, sub: subject, aud: audience, clientID: client.id.description, scope: scopes.joined(separator: " "),
            phoneNumber: subscriber?.description, iat: now, nbf: now, exp: now + Int64(lifetime), jti: UUID().uuidString.lowercased())
        let signed = try await signer.sign(access, type: "at+jwt")
        var idToken: String?
        if let requestID, scopes.contains("openid") {
            let identity = TokenClaims(
                iss: issuer, sub: subject, aud: client.id.description, iat: now, exp: now + Int64(lifetime), jti: UUID().uuidString.lowercased(),
                authenticatedAt: now, authenticationRequestID: requestID)
            idToken = try await signer.sign(identity, type: "JWT")
        }
        return TokenAnswer(accessToken: signed, lifetime: lifetime, scope: scopes.joined(separator: " "), idToken: idToken)
    }
}

extension TokenAnswer: Confidential {}
extension AuthenticationAnswer: Confidential {}
