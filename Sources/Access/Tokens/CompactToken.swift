import CAMARA
import QualityOnDemand

/// A signed token, split into its parts (RFC 7515, 7.1). Do not trust any part before the signature is checked.
struct CompactToken {
    /// The header's `alg`.
    let algorithm: String
    /// The header's `kid`.
    let keyID: String?
    /// The claims: a JSON object.
    let claims: JSONValue
    let signature: [UInt8]
    /// The bytes that the signature covers: header, point and claims, exactly as the client sent them.
    let signedBytes: ArraySlice<UInt8>

    /// The longest token that the platform parses, in bytes.
    static let longest = 8192

    init(_ text: some StringProtocol) throws(TokenRejection) {
        guard text.utf8.count <= Self.longest else { throw .oversized }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { throw .malformed }
        let header = try Self.object(parts[0])
        claims = try Self.object(parts[1])
        // A critical extension changes the meaning of the other members, and the platform supports no extension.
        guard header.hasMember("crit") == false else { throw .critical }
        guard Self.isAccessToken(header), case .string(let algorithm) = header.member("alg") else { throw .malformed }
        switch header.member("kid") {
        case nil: keyID = nil
        case .string(let text): keyID = text
        default: throw .malformed
        }
        self.algorithm = algorithm
        self.signature = signature
        signedBytes = bytes[..<parts[1].endIndex]
    }

    private static func object(_ part: ArraySlice<UInt8>) throws(TokenRejection) -> JSONValue {
        guard let bytes = Base64URL.decode(part), let value = try? JSONValue(parsing: bytes), case .object = value else { throw .malformed }
        return value
    }

    /// Whether the token's type is that of a JWT or of an access token (RFC 9068), or is absent. Providers sign other
    /// messages with the same keys, such as notices of a logout, and give them another type.
    private static func isAccessToken(_ header: JSONValue) -> Bool {
        switch header.member("typ") {
        case nil: true
        case .string(let type): ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(type.lowercased())
        default: false
        }
    }
}

extension JSONValue {
    /// A member of an object; `null` counts as absent.
    func member(_ name: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }

    /// Whether an object has a member of that name, with any value.
    func hasMember(_ name: String) -> Bool {
        if case .object(let members) = self { members.contains { $0.name == name } } else { false }
    }
}

extension CompactToken: Confidential {}
