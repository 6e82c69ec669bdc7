import Crypto
import Foundation
import GRDB
public import SessionEngine

/// Seals sinks' tokens before they are stored, with AES-256-GCM. So a thief of the database, or of a backup, gets no
/// token.
///
/// The key file has a key on each line: 32 bytes in base64, as `openssl rand -base64 32` prints. The first key seals,
/// and all keys open. So a new key is added on top, and the old keys stay below for as long as events are kept.
/// Tokens that were stored without a seal are read as they are.
public struct TokenSeal: Sendable {
    private let keys: [(id: String, key: SymmetricKey)]
    private static let mark = "sealed1:"

    /// - Throws: ``SessionEngine/StoreError`` with the fault in the file and its line; never with a key.
    public init(keyFile path: String) throws(StoreError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw StoreError(.failed, "secrets.keyFile: \(path) cannot be read")
        }
        if let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int, mode & 0o007 != 0 {
            throw StoreError(.failed, "secrets.keyFile: \(path) can be read by everybody; chmod 600 it")
        }
        var keys: [(id: String, key: SymmetricKey)] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            guard let bytes = Data(base64Encoded: line), bytes.count == 32 else {
                throw StoreError(.failed, "secrets.keyFile: \(path):\(number + 1): is not a key: 32 bytes in base64, as openssl rand -base64 32 prints")
            }
            let id = SHA256.hash(data: bytes).prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            keys.append((id, SymmetricKey(data: bytes)))
        }
        guard !keys.isEmpty else { throw StoreError(.failed, "secrets.keyFile: \(path) has no key") }
        self.keys = keys
    }

    func seal(_ token: String) throws -> String {
        let box = try AES.GCM.seal(Data(token.utf8), using: keys[0].key)
        guard let combined = box.combined else { throw StoreError(.failed, "a token could not be sealed") }
        return "\(Self.mark)\(keys[0].id):\(combined.base64EncodedString())"
    }

    /// `nil` if no key opens the text.
    func open(_ text: String) -> String? {
        guard text.hasPrefix(Self.mark) else { return text }
        let parts = text.dropFirst(Self.mark.count).split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let key = keys.first(where: { $0.id == parts[0] })?.key,
            let combined = Data(base64Encoded: String(parts[1])), let box = try? AES.GCM.SealedBox(combined: combined),
            let token = try? AES.GCM.open(box, using: key)
        else { return nil }
        return String(decoding: token, as: UTF8.self)
    }

    /// Adds the functions `nac_seal` and `nac_open` to a connection. Without a seal the functions change no text, but
    /// `nac_open` returns nothing for a sealed text.
    static func register(_ seal: TokenSeal?, in database: Database) {
        database.add(function: DatabaseFunction("nac_seal", argumentCount: 1, pure: false) { values in
            guard let token = String.fromDatabaseValue(values[0]) else { return nil }
            return try seal?.seal(token) ?? token
        })
        database.add(function: DatabaseFunction("nac_open", argumentCount: 1, pure: false) { values in
            guard let text = String.fromDatabaseValue(values[0]) else { return nil }
            guard let seal else { return text.hasPrefix(mark) ? nil : text }
            return seal.open(text)
        })
    }
}

extension String {
    /// A list of columns to read, with tokens opened.
    var openingTokens: String {
        replacingOccurrences(of: "sink_token,", with: "iif(sink_token IS NULL, NULL, nac_open(sink_token)),")
    }
}
