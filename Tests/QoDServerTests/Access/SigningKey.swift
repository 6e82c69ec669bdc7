import Crypto
import CryptoExtras
import Foundation

@testable import Access
@testable import QoDServer

/// A provider's private key for a test, with the public key as a JWK.
struct SigningKey: Sendable {
    /// The key's signature algorithm.
    let algorithm: String
    /// The members of the JWK, as JSON texts.
    var jwk: [String: String]
    let sign: @Sendable ([UInt8]) throws -> [UInt8]

    var id: String? { jwk["kid"].map { String($0.dropFirst().dropLast()) } }

    /// The same key with other members in its JWK; `nil` removes a member.
    func with(_ members: [String: String?]) -> SigningKey {
        var key = self
        for (name, value) in members { key.jwk[name] = value }
        return key
    }

    static func es256(_ id: String) -> SigningKey {
        let key = P256.Signing.PrivateKey()
        let point = Array(key.publicKey.rawRepresentation)
        return SigningKey(
            algorithm: "ES256", jwk: curve("P-256", id, x: point[..<32], y: point[32...]),
            sign: { Array(try key.signature(for: $0).rawRepresentation) })
    }

    static func es384(_ id: String) -> SigningKey {
        let key = P384.Signing.PrivateKey()
        let point = Array(key.publicKey.rawRepresentation)
        return SigningKey(
            algorithm: "ES384", jwk: curve("P-384", id, x: point[..<48], y: point[48...]),
            sign: { Array(try key.signature(for: $0).rawRepresentation) })
    }

    static func ed25519(_ id: String) -> SigningKey {
        let key = Curve25519.Signing.PrivateKey()
        let jwk = ["kty": quoted("OKP"), "crv": quoted("Ed25519"), "x": encoded(key.publicKey.rawRepresentation), "kid": quoted(id)]
        return SigningKey(algorithm: "EdDSA", jwk: jwk, sign: { Array(try key.signature(for: $0)) })
    }

    /// Creating a key takes long, so all tests share one key.
    private static let rsaKey = try? _RSA.Signing.PrivateKey(keySize: .bits2048)

    static func rs256(_ id: String) -> SigningKey {
        rsa("RS256", id) { try rsaKey!.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5) }
    }

    static func ps256(_ id: String) -> SigningKey {
        rsa("PS256", id) { try rsaKey!.signature(for: SHA256.hash(data: $0), padding: .PSS) }
    }

    private static func rsa(
        _ algorithm: String, _ id: String, _ sign: @escaping @Sendable ([UInt8]) throws -> _RSA.Signing.RSASignature
    ) -> SigningKey {
        let parts = try? rsaKey?.publicKey.getKeyPrimitives()
        let jwk = [
            "kty": quoted("RSA"), "n": encoded(parts?.modulus ?? Data()), "e": encoded(parts?.publicExponent ?? Data()), "kid": quoted(id),
        ]
        return SigningKey(algorithm: algorithm, jwk: jwk, sign: { Array(try sign($0).rawRepresentation) })
    }

    /// The RSA public key as text. In attacks that confuse algorithms, this text is the HMAC secret.
    static var rsaPublicPEM: String { rsaKey?.publicKey.pemRepresentation ?? "" }

    private static func curve(_ name: String, _ id: String, x: ArraySlice<UInt8>, y: ArraySlice<UInt8>) -> [String: String] {
        ["kty": quoted("EC"), "crv": quoted(name), "x": encoded(x), "y": encoded(y), "kid": quoted(id)]
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
    private static func encoded(_ bytes: some Collection<UInt8>) -> String { quoted(Base64URL.encode(bytes)) }
}

extension [SigningKey] {
    /// The public keys as a JWK Set.
    var set: [UInt8] {
        let keys = map { key in "{\(key.jwk.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", "))}" }
        return [UInt8]("{\"keys\": [\(keys.joined(separator: ", "))]}".utf8)
    }
}
