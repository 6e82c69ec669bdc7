import CAMARA

/// The members of an object, by name. The parser has already refused JSON with a duplicate name.
struct JSONMembers {
    private let members: [String: JSONValue]

    /// - Returns: `nil` if the bytes are not a JSON object.
    init?(_ bytes: [UInt8]) {
        guard case .object(let members)? = try? JSONValue(parsing: bytes) else { return nil }
        self.members = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    func text(_ name: String) -> String? {
        if case .string(let text)? = members[name] { text } else { nil }
    }

    /// A string, or a list of strings.
    func texts(_ name: String) -> [String] {
        switch members[name] {
        case .string(let text)?: [text]
        case .array(let items)?: items.compactMap { if case .string(let text) = $0 { text } else { nil } }
        default: []
        }
    }

    /// A NumericDate (RFC 7519, section 2): seconds since 1970.
    func seconds(_ name: String) -> Double? {
        switch members[name] {
        case .integer(let number)?: Double(number)
        case .number(let number)?: number
        default: nil
        }
    }
}
