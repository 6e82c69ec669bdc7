import CAMARA

extension JSONValue {
    /// The value as a document, for answers of test servers.
    var document: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): String(decoding: JSONWriter.document { $0.string(text) }, as: UTF8.self)
        case .array(let items): "[" + items.map(\.document).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONValue.string($0.name).document + ":" + $0.value.document }.joined(separator: ",") + "}"
        }
    }

    /// The member with this name; `nil` if the value is no object or has no such member.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}
