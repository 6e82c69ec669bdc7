public import Access
import Crypto
import Foundation
import JWTKit
public import QualityOnDemand

/// A client of the sandbox's authorization server: its id, its proof of identity, and its scopes.
public struct OAuthClient: Sendable {
    public let id: ClientID
    /// The scopes that the client may have, in the order in which tokens list them.
    public let scopes: [Scope]
    /// The client keeps only the secret's digest. The secret therefore cannot leak, and the time of a comparison tells
    /// nothing about it.
    let secret: SHA256.Digest?
    let keys: ClientKeys?

    /// - Parameters:
    ///   - secret: for `client_secret_basic` and `client_secret_post`; `nil` for a client that uses only a key.
    ///   - publicKeys: a JWK Set (RFC 7517) as JSON, for `private_key_jwt`.
    /// - Throws: ``InvalidValue`` with the reason if the keys are not usable.
    public init(id: ClientID, secret: String?, publicKeys: String? = nil, scopes: [Scope] = Scope.all) async throws(InvalidValue) {
        self.id = id
        self.scopes = scopes
        self.secret = secret.map { SHA256.hash(data: Array($0.utf8)) }
        if let publicKeys { self.keys = try await ClientKeys(json: publicKeys) } else { self.keys = nil }
    }

    /// Whether the text is the client's secret.
    func has(secret text: String) -> Bool {
        let digest = SHA256.hash(data: Array(text.utf8))
        // Digests compare in constant time.
        return secret.map { $0 == digest } ?? false
    }
}

/// The public keys that verify a client's assertions, each with its one algorithm.
struct ClientKeys: Sendable {
    private let algorithms: [String: JWK.Algorithm]
    private let collection: JWTKeyCollection

    private static let most = 20
    static let algorithmNames = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]

    init(json: String) async throws(InvalidValue) {
        guard let set = try? JSONDecoder().decode(JWKS.self, from: Data(json.utf8)) else {
            throw InvalidValue("is not a JWK Set with keys of type RSA, EC or OKP")
        }
        guard (1...Self.most).contains(set.keys.count) else { throw InvalidValue("has \(set.keys.count) keys; 1 to \(Self.most) are allowed") }
        var algorithms: [String: JWK.Algorithm] = [:]
        let collection = JWTKeyCollection()
        for (index, key) in set.keys.enumerated() {
            do throws(InvalidValue) {
                let (kid, key) = try Self.checked(key)
                guard algorithms.updateValue(key.algorithm!, forKey: kid) == nil else {
                    throw InvalidValue("\"\(Excerpt.of(kid))\" occurs twice; each key needs its own").at("kid")
                }
                guard (try? await collection.add(jwk: key)) != nil else { throw InvalidValue("is not a valid public key") }
            } catch {
                throw error.at(index: index).at("keys")
            }
        }
        self.algorithms = algorithms
        self.collection = collection
    }

    /// The key with its name and one fixed algorithm, so that no assertion can choose another.
    private static func checked(_ key: JWK) throws(InvalidValue) -> (kid: String, key: JWK) {
        var key = key
        guard let kid = key.keyIdentifier?.string, !kid.isEmpty else { throw InvalidValue("is missing; assertions name their key by it").at("kid") }
        guard key.privateExponent == nil, key.prime1 == nil, key.prime2 == nil else {
            throw InvalidValue("is a private key; only its public part belongs here")
        }
        if key.keyType == .octetKeyPair, EdwardsPoint.hasSmallOrder(key.x.flatMap { Base64URL.decode($0) } ?? []) {
            throw InvalidValue("is not a public key of Ed25519, or a weak one").at("x")
        }
        let possible = Self.possible(for: key)
        guard let first = possible.first else { throw InvalidValue("is not a known curve").at("crv") }
        let algorithm = key.algorithm ?? first
        guard possible.contains(algorithm) else {
            throw InvalidValue("\(algorithm.rawValue) is not an algorithm of this key; allowed are \(possible.map(\.rawValue).joined(separator: ", "))").at("alg")
        }
        key.algorithm = algorithm
        return (kid, key)
    }

    private static func possible(for key: JWK) -> [JWK.Algorithm] {
        switch (key.keyType, key.curve?.rawValue) {
        case (.rsa, _): [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case (.ecdsa, "P-256"): [.es256]
        case (.ecdsa, "P-384"): [.es384]
        case (.ecdsa, "P-521"): [.es512]
        case (.octetKeyPair, "Ed25519"): [.eddsa]
        default: []
        }
    }

    /// Whether one of the client's keys signed the token with the key's own algorithm.
    func verify(_ token: String, kid: String?, algorithm: String) async -> Bool {
        guard let kid = kid ?? (algorithms.count == 1 ? algorithms.keys.first : nil), algorithms[kid]?.rawValue == algorithm,
            let key = try? await collection.getKey(for: JWKIdentifier(string: kid), alg: algorithm), let dot = token.lastIndex(of: "."),
            let signature = Base64URL.decode(token[token.index(after: dot)...])
        else { return false }
        return (try? key.verify(signature, signs: Array(token[..<dot].utf8))) ?? false
    }
}

extension OAuthClient: Confidential {}
extension ClientKeys: Confidential {}
