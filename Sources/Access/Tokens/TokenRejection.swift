import Metrics

/// The reason for the rejection of a credential. The raw values are the `reason` of the metric
/// `nac_rejected_tokens_total`.
public enum TokenRejection: String, Error, CaseIterable, Hashable, Sendable {
    /// The token is longer than the longest token that the platform parses.
    case oversized
    /// The token is not three parts of base64url with JSON objects in the first two, or its header is not that of an
    /// access token.
    case malformed
    /// `alg` is `none`, symmetric, unknown, or not an algorithm of the key.
    case algorithm
    /// The header demands an extension (`crit`), and the platform supports none (RFC 7515, 4.1.11).
    case critical
    /// The provider has no such key, or more than one key of that name.
    case unknownKey = "unknown_key"
    /// The signature does not match the key.
    case signature
    case expired
    /// `exp` is further in the future than allowed.
    case lifetime
    /// `nbf` is in the future.
    case notYetValid = "not_yet_valid"
    case issuer
    case audience
    /// A required claim is missing, or a claim has the wrong type.
    case claims
    /// A claim names a device in an invalid form.
    case device
    /// The token is not at fault: the platform never fetched the provider's keys, or its copy is too old.
    case keysUnavailable = "keys_unavailable"
    /// The credential is neither an access token nor a known API key.
    case unknownCredential = "unknown_credential"
}

extension TokenRejection {
    /// The message for the client; it repeats nothing of the token.
    public var message: String {
        switch self {
        case .oversized: "The access token is longer than \(CompactToken.longest) bytes."
        case .malformed: "The access token is not a signed JWT."
        case .algorithm: "The access token is signed with an algorithm that its key does not support."
        case .critical: "The access token requires an extension (crit) that is not supported."
        case .unknownKey: "The key that signed the access token is not known."
        case .signature: "The signature of the access token is not valid."
        case .expired: "The access token has expired."
        case .lifetime: "The access token is valid for longer than this platform allows."
        case .notYetValid: "The access token is not valid yet."
        case .issuer: "The access token is from another issuer."
        case .audience: "The access token is for another audience."
        case .claims: "The access token lacks a required claim, or one of its claims has the wrong type."
        case .device: "The access token names a device in an invalid form."
        case .keysUnavailable: "The keys of the identity provider cannot be fetched now."
        case .unknownCredential: "The credential is not known."
        }
    }
}

/// Counts rejected credentials, by reason.
struct RejectionCounters: Sendable {
    private let counters: [TokenRejection: Counter]

    /// Set up the metrics system before this call.
    init() {
        counters = Dictionary(uniqueKeysWithValues: TokenRejection.allCases.map {
            ($0, Counter(label: "nac_rejected_tokens_total", dimensions: [("reason", $0.rawValue)]))
        })
    }

    func count(_ rejection: TokenRejection) {
        counters[rejection]?.increment()
    }
}
