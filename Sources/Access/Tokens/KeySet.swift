import CAMARA
import JWTKit

/// A provider's keys (RFC 7517), each with its permitted algorithms.
///
/// The key alone decides its permitted algorithms. A token only selects one of them, so an attacker cannot have a
/// signature checked with an algorithm of the attacker's choice.
struct KeySet: Sendable {
    private struct Key: Sendable {
        let id: String?
        let algorithms: [String: any JWTAlgorithm]
    }

    private let keys: [Key]
    /// The set as the provider sent it, for comparison with the next one.
    let source: [UInt8]

    private static let largest = KeySourceError.largestKeySet
    static let mostKeys = 64

    /// Reads a set. The reader skips keys that are not for signatures, and keys of an unknown kind.
    init(_ source: [UInt8]) async throws(KeySourceError) {
        guard source.count <= Self.largest else { throw KeySourceError("the key set is larger than \(Self.largest) bytes") }
        guard let document = try? JSONValue(parsing: source), case .array(let elements) = document.member("keys") else {
            throw KeySourceError("the key set is not a JSON object with an array of keys")
        }
        guard elements.count <= Self.mostKeys else { throw KeySourceError("the key set has more than \(Self.mostKeys) keys") }
        var keys: [Key] = []
        for element in elements {
            let algorithms = await Self.algorithms(of: element)
            if !algorithms.isEmpty { keys.append(Key(id: element.text("kid"), algorithms: algorithms)) }
        }
        guard !keys.isEmpty else { throw KeySourceError("the key set has no key for RS256, PS256, ES256, ES384 or EdDSA") }
        self.keys = keys
        self.source = source
    }

    /// The one key that a token's header names.
    ///
    /// - Throws: ``TokenRejection/unknownKey`` if no key or more than one key matches, ``TokenRejection/algorithm`` if
    ///   the key is not for that algorithm.
    func key(_ id: String?, for algorithm: String) throws(TokenRejection) -> any JWTAlgorithm {
        let named = id.map { id in keys.filter { $0.id == id } } ?? keys
        guard !named.isEmpty else { throw .unknownKey }
        let fitting = named.compactMap { $0.algorithms[algorithm] }
        guard let key = fitting.first else { throw .algorithm }
        guard fitting.count == 1 else { throw .unknownKey }
        return key
    }

    // MARK: Reading keys

    private static func algorithms(of key: JSONValue) async -> [String: any JWTAlgorithm] {
        guard isForSignatures(key) else { return [:] }
        var algorithms: [String: any JWTAlgorithm] = [:]
        for candidate in candidates(key) {
            guard let algorithm = candidate.algorithm?.rawValue, (key.text("alg") ?? algorithm) == algorithm else { continue }
            // The collection is JWTKit's only public way from a JWK to a verifier.
            let collection = JWTKeyCollection()
            guard (try? await collection.add(jwk: candidate)) != nil, let verifying = try? await collection.getKey() else { continue }
            algorithms[algorithm] = verifying
        }
        return algorithms
    }

    private static func isForSignatures(_ key: JSONValue) -> Bool {
        guard (key.text("use") ?? "sig") == "sig" else { return false }
        guard case .array(let operations) = key.member("key_ops") else { return !key.hasMember("key_ops") }
        return operations.contains(.string("verify"))
    }

    /// The key once for each algorithm that its type and curve allow, with only its public parts.
    private static func candidates(_ key: JSONValue) -> [JWK] {
        let id = JWKIdentifier(string: "key")
        switch (key.text("kty"), key.text("crv")) {
        case ("RSA", _):
            guard isStrong(modulus: key.text("n")), let exponent = key.text("e"), exponent.utf8.count <= 8 else { return [] }
            return [.rs256, .ps256].map { .rsa($0, identifier: id, modulus: key.text("n"), exponent: exponent) }
        case ("EC", "P-256"):
            return [.ecdsa(.es256, identifier: id, x: key.text("x"), y: key.text("y"), curve: .p256)]
        case ("EC", "P-384"):
            return [.ecdsa(.es384, identifier: id, x: key.text("x"), y: key.text("y"), curve: .p384)]
        case ("OKP", "Ed25519"):
            guard let point = key.text("x").flatMap({ Base64URL.decode($0) }), !EdwardsPoint.hasSmallOrder(point) else { return [] }
            return [.octetKeyPair(.eddsa, identifier: id, x: key.text("x"), y: nil, curve: .ed25519)]
        default:
            return []
        }
    }

    /// RSA keys below 2048 bits are no longer safe. Keys above 8192 bits only cost time.
    private static func isStrong(modulus: String?) -> Bool {
        guard let modulus, modulus.utf8.count < 2048, let bytes = Base64URL.decode(Array(modulus.utf8)) else { return false }
        return (256...1024).contains(bytes.drop { $0 == 0 }.count)
    }
}

extension JSONValue {
    /// A member that is a string.
    func text(_ name: String) -> String? {
        if case .string(let text) = member(name) { text } else { nil }
    }
}
