import Access
import CAMARA
import Crypto
import JWTKit
import QualityOnDemand

/// Signs the server's tokens (ES256) with a key that is made at the start and never leaves the process.
struct TokenSigner: Sendable {
    /// The key's name: its thumbprint (RFC 7638).
    let keyID: String
    private let x: String
    private let y: String
    private let keys: JWTKeyCollection

    init() async {
        let key = P256.Signing.PrivateKey()
        // Each coordinate has 32 bytes.
        let point = Array(key.publicKey.rawRepresentation)
        (x, y) = (Base64URL.encode(point.prefix(32)), Base64URL.encode(point.suffix(32)))
        keyID = Base64URL.encode(SHA256.hash(data: Array("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(x)\",\"y\":\"\(y)\"}".utf8)))
        keys = JWTKeyCollection()
        // JWTKit accepts every P-256 key.
        guard let signingKey = try? ES256PrivateKey(backing: key) else { preconditionFailure("a P-256 key is no P-256 key") }
        await keys.add(ecdsa: signingKey, kid: JWKIdentifier(string: keyID))
    }

    /// The public key.
    var publicKey: JWK {
        .ecdsa(.es256, identifier: JWKIdentifier(string: keyID), x: x, y: y, curve: .p256)
    }

    /// The public key as a JWK Set (RFC 7517).
    var publicKeysJSON: [UInt8] {
        JSONWriter.document { json in
            json.object { json in
                json.name("keys")
                json.array([keyID]) { json, kid in
                    json.object { json in
                        json.write("kty", "EC")
                        json.write("use", "sig")
                        json.write("alg", "ES256")
                        json.write("kid", kid)
                        json.write("crv", "P-256")
                        json.write("x", x)
                        json.write("y", y)
                    }
                }
            }
        }
    }

    /// - Parameter type: the header's `typ`: `at+jwt` for access tokens (RFC 9068), so that no other token passes as
    ///   an access token.
    func sign(_ claims: TokenClaims, type: String) async throws -> String {
        var header = JWTHeader()
        header.typ = type
        return try await keys.sign(claims, kid: JWKIdentifier(string: keyID), header: header)
    }
}

/// The claims of a token (RFC 9068; for id tokens OpenID Connect Core, section 2). Times are whole seconds since 1970.
struct TokenClaims: JWTPayload {
    var iss: String
    var sub: String
    var aud: String
    var clientID: String?
    var scope: String?
    var phoneNumber: String?
    var iat: Int64
    var nbf: Int64?
    var exp: Int64
    var jti: String
    var authenticatedAt: Int64?
    var authenticationRequestID: String?

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, scope, iat, nbf, exp, jti
        case clientID = "client_id"
        case phoneNumber = "phone_number"
        case authenticatedAt = "auth_time"
        case authenticationRequestID = "urn:openid:params:jwt:claim:auth_req_id"
    }

    /// Checks nothing beyond the signature, because the receiver of a token checks its claims.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension TokenSigner: Confidential {}
