import CAMARA
import QualityOnDemand
import Testing

/// One change to a document, and the error message that reading gives for it.
struct Limit: CustomTestStringConvertible, Sendable {
    let path: String
    /// `nil` removes the property.
    let value: JSONValue?
    /// The whole message; `nil` if the change is allowed.
    let message: String?
    let kind: InvalidValue.Kind

    private init(_ path: String, _ value: JSONValue?, _ message: String?, _ kind: InvalidValue.Kind = .argument) {
        self.path = path
        self.value = value
        self.message = message
        self.kind = kind
    }

    static func allows(_ path: String, _ value: JSONValue?) -> Limit { Limit(path, value, nil) }

    /// The message is the path, a colon and `reason`.
    static func refuses(_ path: String, _ value: JSONValue?, _ reason: String, _ kind: InvalidValue.Kind = .argument) -> Limit {
        Limit(path, value, "\(path): \(reason)", kind)
    }

    /// The error has another path than the change.
    static func refuses(_ path: String, _ value: JSONValue?, telling message: String) -> Limit {
        Limit(path, value, message)
    }

    var testDescription: String {
        switch value {
        case nil: "no \(path)"
        case .array(let elements) where elements.count > 4: "\(path) of \(elements.count) items"
        case .string(let text) where text.utf8.count > 60: "\(path) of \(text.unicodeScalars.count) characters"
        case .some(let value): "\(path) = \(value)"
        }
    }

    func check<Value: WireReadable>(in document: JSONValue, as type: Value.Type) {
        let complaint = Value.complaint(about: document.setting(path, to: value))
        #expect(complaint?.description == message)
        #expect(complaint == nil || complaint?.kind == kind)
    }
}

extension JSONValue {
    /// A text of `count` letters.
    static func letters(_ count: Int) -> JSONValue { .string(String(repeating: "x", count: count)) }

    static func list(_ count: Int, of value: JSONValue) -> JSONValue { .array([JSONValue](repeating: value, count: count)) }
}
