import HTTPTypes
import QualityOnDemand

/// The fields of a form (`application/x-www-form-urlencoded`), read strictly.
///
/// The form refuses a name that appears twice, by RFC 6749 (section 3.2). A field without a value counts as missing
/// (same section).
struct Form: Hashable, Sendable {
    private let fields: [String: String]

    /// The largest form, in bytes.
    static let largest = 16_384
    private static let mostFields = 32

    /// - Throws: ``OAuthError`` if the bytes are not a form, or contain a name twice.
    init(_ bytes: some Collection<UInt8>) throws(OAuthError) {
        guard bytes.count <= Self.largest else {
            throw OAuthError(.invalidRequest, "the form has more than \(Self.largest) bytes", status: .contentTooLarge)
        }
        let pieces = bytes.isEmpty ? [] : bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        guard pieces.count <= Self.mostFields else { throw .invalidRequest("the form has more than \(Self.mostFields) fields") }
        var fields: [String: String] = [:]
        for piece in pieces {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else {
                throw .invalidRequest("a field of the form has no \"=\"; fields are name=value, separated by \"&\"")
            }
            let name = try Self.decode(piece[..<equals])
            guard !name.isEmpty else { throw .invalidRequest("a field of the form has no name") }
            guard fields[name] == nil else { throw .invalidRequest("\(Excerpt.of(name)) is given twice") }
            fields[name] = try Self.decode(piece[piece.index(after: equals)...])
        }
        self.fields = fields
    }

    /// The value of a name; `nil` if the value is missing or empty.
    subscript(name: String) -> String? {
        fields[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of a name that must be present.
    func required(_ name: String) throws(OAuthError) -> String {
        guard let value = self[name] else { throw .invalidRequest("\(name) is missing") }
        return value
    }

    /// The whole number of a name; `nil` if the name is missing.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(OAuthError) -> Int? {
        guard let text = self[name] else { return nil }
        guard text.utf8.count <= 10, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text), range.contains(value) else {
            throw .invalidRequest("\(name) is not a whole number in \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }

    /// Decodes `+` and percent-encoding; the result is UTF-8 without control characters.
    static func decode(_ bytes: some Collection<UInt8>) throws(OAuthError) -> String {
        // curl -d sends a space without encoding.
        guard bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw .invalidRequest("the form has a character that must be percent-encoded")
        }
        guard let decoded = PercentEncoding.decode(bytes.lazy.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }) else {
            throw .invalidRequest("a \"%\" in the form is not followed by two hexadecimal digits")
        }
        guard let text = String(validating: decoded, as: UTF8.self), !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { throw .invalidRequest("a field of the form is not text in UTF-8 without control characters") }
        return text
    }
}

extension Form: Confidential {}
