/// The source of the keys that verify access tokens.
///
/// An implementation only fetches. ``TokenVerifier`` keeps the keys and decides the time and the rate of fetches, also
/// while a provider does not answer. An identity provider in this process may simply return its keys.
public protocol TokenKeySource: Sendable {
    /// The provider's current public keys: a JWK Set (RFC 7517, 5), JSON in UTF-8, at most
    /// ``KeySourceError/largestKeySet`` bytes.
    ///
    /// - Throws: any error if the keys are not available. The platform logs the error's description, so the
    ///   description must hold no secret.
    func keySet() async throws -> [UInt8]
}

/// Why a provider's keys could not be used.
public struct KeySourceError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// The largest key set that the platform reads, in bytes.
    public static let largestKeySet = 256 << 10

    public init(_ description: String) {
        self.description = description
    }
}
