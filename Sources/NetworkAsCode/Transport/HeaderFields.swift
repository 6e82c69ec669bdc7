/// The header fields of an HTTP message, in order. A name may be in any case, and may occur more than once.
///
/// Descriptions do not show the values of fields that carry credentials.
public struct HeaderFields: Sendable {
    private var fields: [(name: String, value: String)]

    /// Creates fields from names and values.
    public init(_ fields: some Sequence<(String, String)>) {
        self.fields = fields.map { (name: $0.0, value: $0.1) }
    }

    /// Creates fields from a dictionary, which has each name once.
    public init(_ fields: [String: String]) {
        self.init(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// The value of the first field with that name. Setting a value replaces all fields of the
    /// name; `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.isSame($0.name, name) }?.value }
        set {
            fields.removeAll { Self.isSame($0.name, name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// Adds a field and keeps any other fields of the same name.
    public mutating func append(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    static func isSame(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && a.lowercased() == b.lowercased()
    }
}

extension HeaderFields: Sequence {
    /// Iterates over names and values in order.
    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        AnyIterator(fields.makeIterator())
    }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
    /// Creates fields in the order of the literal.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}

extension HeaderFields: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Fields with values that may be shown. For any other field, descriptions show only the name.
    private static let harmless: Set<String> = [
        "accept", "content-length", "content-type", "date", "retry-after", "user-agent", "x-correlator", "x-rapidapi-host",
    ]

    /// The fields, separated by commas. Values that may be secret are left out.
    public var description: String {
        let texts = fields.map { field in
            Self.harmless.contains(field.name.lowercased()) ? "\(field.name): \(field.value)" : "\(field.name): [redacted]"
        }
        return "[" + texts.joined(separator: ", ") + "]"
    }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows ``description`` and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["fields": description]) }
}
