import CAMARA
import Foundation
import JWTKit
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
public import QualityOnDemand
import SessionEngine
import Southbound

/// The key that proves the platform's identity to authorization servers (RFC 7523, OpenID's private_key_jwt).
public struct PrivateKeyJWT: Sendable {
    /// The platform's client id, if a session's credential names none.
    public let clientID: String?
    let keys: JWTKeyCollection
    let keyID: JWKIdentifier

    /// - Parameters:
    ///   - pem: A private key: P-256 (signs with ES256) or RSA (RS256).
    ///   - keyID: The name by which the other side finds the public key.
    /// - Throws: if the text is not such a key; the error does not repeat the text.
    public init(clientID: String?, pem: String, keyID: String) async throws(KeyUnusable) {
        self.clientID = clientID
        self.keyID = JWKIdentifier(string: keyID)
        keys = JWTKeyCollection()
        if let key = try? ES256PrivateKey(pem: pem) {
            await keys.add(ecdsa: key, kid: self.keyID)
        } else if let key = try? Insecure.RSA.PrivateKey(pem: pem) {
            await keys.add(rsa: key, digestAlgorithm: .sha256, kid: self.keyID)
        } else {
            throw KeyUnusable()
        }
    }

    public struct KeyUnusable: Error, CustomStringConvertible {
        public var description: String { "has no private key that can be used; P-256 and RSA keys in PEM are allowed" }
    }

    /// The content of the signature.
    private struct Assertion: JWTPayload {
        let iss: String
        let sub: String
        let aud: String
        let jti: String
        let iat: Int
        let exp: Int

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// A proof of the client's identity, for one authorization server and one minute.
    func assertion(clientID: String, tokenURI: String, now: Timestamp) async throws -> String {
        let seconds = Int(now.milliseconds / 1000)
        return try await keys.sign(
            Assertion(iss: clientID, sub: clientID, aud: tokenURI, jti: UUID().uuidString, iat: seconds, exp: seconds + 60), kid: keyID)
    }
}

/// Tokens for sinks, from authorization servers that clients name. The platform trusts these servers no more than
/// sinks.
final class SinkTokens: Sendable {
    private struct Key: Hashable {
        let clientID: String
        let tokenURI: String
    }

    private struct Token {
        let text: String
        let expiresAt: Timestamp
    }

    private static let capacity = 10_000
    /// The platform stops using a token this many seconds before its end, so that the token does not expire on the
    /// way.
    private static let margin = 30
    private let known = NIOLockedValueBox<[Key: Token]>([:])
    private let key: PrivateKeyJWT
    private let client: SinkClient
    private let clock: any EngineClock

    init(key: PrivateKeyJWT, client: SinkClient, clock: any EngineClock) {
        self.key = key
        self.client = client
        self.clock = clock
    }

    func token(clientID: String, tokenURI: String) async throws(SinkFailure) -> String {
        let name = Key(clientID: clientID, tokenURI: tokenURI)
        if let token = known.withLockedValue({ $0[name] }), clock.now.adding(seconds: Self.margin) < token.expiresAt { return token.text }
        let token = try await fetch(name)
        known.withLockedValue { known in
            if known.count >= Self.capacity { known = [:] }
            known[name] = token
        }
        return token.text
    }

    func forget(clientID: String, tokenURI: String) {
        known.withLockedValue { $0[Key(clientID: clientID, tokenURI: tokenURI)] = nil }
    }

    private func fetch(_ name: Key) async throws(SinkFailure) -> Token {
        guard let url = try? SinkURL(name.tokenURI), let assertion = try? await key.assertion(clientID: name.clientID, tokenURI: name.tokenURI, now: clock.now)
        else { throw SinkFailure(problem: .noToken) }
        let form = [
            ("grant_type", "client_credentials"), ("client_id", name.clientID), ("client_assertion", assertion),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ].map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        let headers = HTTPHeaders([("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")])
        // The delivery problem is the missing token, not the sink's host.
        guard let answer = try? await client.post(.init(url: url, headers: headers, body: Array(form.utf8), wantsBody: true)),
            answer.status == 200, let token = read(Array(answer.body.readableBytesView))
        else { throw SinkFailure(problem: .noToken) }
        return token
    }

    /// The answer of a token endpoint (RFC 6749, section 5.1).
    private func read(_ body: [UInt8]) -> Token? {
        guard case .object(let members)? = try? JSONValue(parsing: body) else { return nil }
        var (text, seconds): (String?, Int?)
        for member in members {
            switch (member.name, member.value) {
            case ("access_token", .string(let token)): text = token
            case ("expires_in", .integer(let number)): seconds = number
            default: break
            }
        }
        guard let text else { return nil }
        return Token(text: text, expiresAt: clock.now.adding(seconds: min(max(seconds ?? 60, 0), 86_400)))
    }
}

extension PrivateKeyJWT: Confidential {}
extension SinkTokens: Confidential {}
