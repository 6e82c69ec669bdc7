import Metrics

/// Why a credential was not accepted. The raw values are the `reason` of the metric `nac_rejected_tokens_total`.
public enum TokenRejection: String, Error, CaseIterable, Hashable, Sendable {
    /// Longer than is looked at.
    case oversized
    /// Not three parts of base64url, of which the first two are JSON objects; or a header that is no access token's.
    case malformed
    /// `alg` is `none`, symmetric, unknown, or not one that the key is for.
    case algorithm
    /// The header demands an extension (`crit`) that nobody here knows (RFC 7515, 4.1.11).
    case critical
    /// The provider has no such key, or more than one of that name.
    case unknownKey = "unknown_key"
    /// The signature is not the key's.
    case signature
    case expired
    /// `exp` lies further ahead than is allowed.
    case lifetime
    /// `nbf` lies ahead.
    case notYetValid = "not_yet_valid"
    case issuer
    case audience
    /// A claim that is needed is missing, or one is not of its type.
    case claims
    /// A claim names a device in a way that is none.
    case device
    /// Nothing was wrong with the token, but the provider's keys could never be fetched, or not for too long.
    case keysUnavailable = "keys_unavailable"
    /// A credential that is no access token, and no API key that is known.
    case unknownCredential = "unknown_credential"
}

extension TokenRejection {
    /// What the client is told; nothing of the token is repeated.
    var message: String {
        switch self {
        case .oversized: "The access token is longer than \(CompactToken.longest) bytes."
        case .malformed: "The access token is not a signed JWT."
        case .algorithm: "The access token is not signed with an algorithm that its key is for."
        case .critical: "The access token demands an extension that is not known here."
        case .unknownKey: "The key that signed the access token is not known."
        case .signature: "The signature of the access token does not hold."
        case .expired: "The access token has expired."
        case .lifetime: "The access token is good for longer than is allowed here."
        case .notYetValid: "The access token is not valid yet."
        case .issuer: "The access token is from another issuer."
        case .audience: "The access token is for another audience."
        case .claims: "The access token lacks a claim that is needed, or has one that is not of its type."
        case .device: "The access token names a device in a way that is not understood."
        case .keysUnavailable: "The keys of the identity provider cannot be fetched now."
        case .unknownCredential: "The credential is not known."
        }
    }
}

/// Counts what was rejected, by reason.
struct RejectionCounters: Sendable {
    private let counters: [TokenRejection: Counter]

    /// The metrics system must have been set up by then.
    init() {
        counters = Dictionary(uniqueKeysWithValues: TokenRejection.allCases.map {
            ($0, Counter(label: "nac_rejected_tokens_total", dimensions: [("reason", $0.rawValue)]))
        })
    }

    func count(_ rejection: TokenRejection) {
        counters[rejection]?.increment()
    }
}
