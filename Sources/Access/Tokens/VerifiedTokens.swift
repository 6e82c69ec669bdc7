import Crypto
import NIOConcurrencyHelpers

/// A cache of tokens with a verified signature, because a client sends the same token for hours.
///
/// The digest of the signed part identifies a token. Some algorithms have several signatures for one text; for ECDSA,
/// anybody can compute a second signature from the first. All of them belong to the same token, which counts once. The
/// cache accepts only the last verified signature without another check.
///
/// The cache has two tables. When the younger table is full, it replaces the older one. A token in use moves to the
/// younger table, and the cache never holds more than `capacity` tokens.
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
