/// Where the keys come from with which access tokens are checked.
///
/// An implementation only fetches. When to ask, how often at most, and what to do while nobody answers is decided by
/// ``TokenVerifier``, which keeps the keys: an identity provider in this process may simply hand over what it has.
public protocol TokenKeySource: Sendable {
    /// The provider's public keys as they are now: a JWK Set (RFC 7517, 5), JSON in UTF-8.
    ///
    /// - Throws: any error where they cannot be had; its description is logged, so it must hold no secret.
    func keySet() async throws -> [UInt8]
}

/// Why a provider's keys could not be used.
struct KeySourceError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
