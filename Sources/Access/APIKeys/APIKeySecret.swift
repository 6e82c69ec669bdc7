import Crypto

/// An API key in full: `nac_` and 256 random bits in 43 characters. The platform shows a key once, when an operator
/// makes the key.
///
/// The prefix lets scanners for leaked secrets find keys in code. The platform also refuses any text without the form
/// of a key, and needs no look-up for that.
public struct APIKeySecret: Sendable {
    /// The key's text. The caller hands the text to the client and must not store it.
    public let revealed: String

    static let prefix = "nac_"
    private static let length = 47

    /// A new key, from the system's source of randomness for secrets.
    public init() {
        var generator = SystemRandomNumberGenerator()
        revealed = Self.prefix + Base64URL.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// The digest under which a store keeps the key.
    public var digest: APIKeyDigest { Self.digest(of: revealed[...]) }

    static func digest(of key: Substring) -> APIKeyDigest {
        APIKeyDigest(SHA256.hash(data: Array(key.utf8)))
    }

    /// Whether the text has the form of such a key.
    static func isWellFormed(_ key: Substring) -> Bool {
        key.utf8.count == length && key.hasPrefix(prefix) && key.utf8.dropFirst(prefix.utf8.count).allSatisfy(Base64URL.isDigit)
    }
}

extension APIKeySecret: CustomStringConvertible, CustomReflectable {
    /// The description does not contain the key.
    public var description: String { "[redacted]" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
