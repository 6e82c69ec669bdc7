import Crypto
import NIOConcurrencyHelpers

/// Tokens whose signature was checked not long ago: a client sends the same token for hours.
///
/// A token is known by the digest of the part that was signed. Some algorithms have several signatures for one text; ECDSA has a second
/// one that anybody can compute from the first. They are the same token, which counts once. Only the signature that was checked last is
/// taken without checking.
///
/// Two tables, of which the older goes when the younger is full: what is in use is carried over, and never are there
/// more than `capacity`.
final class VerifiedTokens: Sendable {
    struct Entry: Sendable {
        let token: VerifiedToken
        /// The digest of the signature that was checked.
        let signature: SHA256.Digest
        /// The generation of the keys under which it was checked.
        let generation: Int
    }

    private struct State {
        var young: [SHA256.Digest: Entry] = [:]
        var old: [SHA256.Digest: Entry] = [:]
    }

    private let state = NIOLockedValueBox(State())
    private let half: Int

    init(capacity: Int = 20_000) {
        half = max(capacity / 2, 1)
    }

    var count: Int { state.withLockedValue { $0.young.count + $0.old.count } }

    func find(_ digest: SHA256.Digest) -> Entry? {
        state.withLockedValue { state in
            if let entry = state.young[digest] { return entry }
            guard let entry = state.old.removeValue(forKey: digest) else { return nil }
            Self.insert(entry, digest, half, &state)
            return entry
        }
    }

    func insert(_ entry: Entry, for digest: SHA256.Digest) {
        state.withLockedValue { Self.insert(entry, digest, half, &$0) }
    }

    func remove(_ digest: SHA256.Digest) {
        state.withLockedValue { state in
            state.young[digest] = nil
            state.old[digest] = nil
        }
    }

    private static func insert(_ entry: Entry, _ digest: SHA256.Digest, _ half: Int, _ state: inout State) {
        if state.young.count >= half {
            state.old = state.young
            state.young = [:]
        }
        state.young[digest] = entry
    }
}
