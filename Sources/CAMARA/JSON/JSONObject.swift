public import QualityOnDemand

/// A value that is being read into a type, and the strictness of the reading.
public struct JSONNode: Sendable {
    public let value: JSONValue
    public let unknownProperties: UnknownProperties

    /// The treatment of a property that the specification does not declare.
    public enum UnknownProperties: Sendable {
        /// The server's way: an error names the property.
        case rejected
        /// The SDK's way: other providers may send more properties than we know.
        case ignored
    }

    public init(_ value: JSONValue, unknownProperties: UnknownProperties) {
        self.value = value
        self.unknownProperties = unknownProperties
    }

    /// Reads a document.
    public init(parsing bytes: some Collection<UInt8>, unknownProperties: UnknownProperties) throws(InvalidValue) {
        self.init(try JSONValue(parsing: bytes), unknownProperties: unknownProperties)
    }

    func string(upTo limit: Int) throws(InvalidValue) -> String {
        guard case .string(let text) = value else { throw InvalidValue("is \(value.kind), not a string") }
        // A text never has more characters than bytes, so only long texts need counting.
        guard text.utf8.count <= limit || text.unicodeScalars.count <= limit else {
            throw InvalidValue("is \(text.unicodeScalars.count) characters long; at most \(limit) are allowed")
        }
        return text
    }

    /// The value as a whole number: `3`, `3.0` and `3e0` are the same integer in JSON Schema.
    func integer(in range: ClosedRange<Int>, kind: InvalidValue.Kind = .argument) throws(InvalidValue) -> Int {
        let number: Int
        switch value {
        case .integer(let integer): number = integer
        case .number(let double):
            guard double == double.rounded() else { throw InvalidValue("\(double) is not an integer") }
            // The number is whole, but may be too large for an Int and so for every range.
            guard let integer = Int(exactly: double) else { throw InvalidValue("\(double) is not in \(range)", kind: kind) }
            number = integer
        default: throw InvalidValue("is \(value.kind), not an integer")
        }
        guard range.contains(number) else { throw InvalidValue("\(number) is not in \(range)", kind: kind) }
        return number
    }

    /// The items of an array, each read by `read`. Errors carry the index.
    func array<Element>(
        of count: ClosedRange<Int>, _ read: (JSONNode) throws(InvalidValue) -> Element
    ) throws(InvalidValue) -> [Element] {
        guard case .array(let elements) = value else { throw InvalidValue("is \(value.kind), not an array") }
        guard count.contains(elements.count) else {
            throw InvalidValue("has \(elements.count) items; \(count.lowerBound) to \(count.upperBound) are allowed")
        }
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do { result.append(try read(JSONNode(element, unknownProperties: unknownProperties))) } catch { throw error.at(index: index) }
        }
        return result
    }

    func choice<Choice: RawRepresentable & CaseIterable>(of type: Choice.Type) throws(InvalidValue) -> Choice where Choice.RawValue == String {
        let text = try string(upTo: 256)
        guard let choice = Choice(rawValue: text) else {
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw InvalidValue("\"\(Excerpt.of(text))\" is not one of \(allowed)")
        }
        return choice
    }
}

/// An object that is being read into a type. Each property is taken once; the properties that remain at
/// the end were not declared.
///
/// `null` counts as absent.
struct JSONObject {
    private var members: [JSONMember]
    private var declared: [StaticString] = []
    private let unknownProperties: JSONNode.UnknownProperties

    init(_ node: JSONNode) throws(InvalidValue) {
        guard case .object(let members) = node.value else { throw InvalidValue("is \(node.value.kind), not an object") }
        self.members = members
        self.unknownProperties = node.unknownProperties
    }

    /// The value of the property, if the object has it.
    mutating func take(_ name: StaticString) -> JSONNode? {
        declared.append(name)
        guard let index = members.firstIndex(where: { $0.name.isEqual(to: name) }) else { return nil }
        let member = members.remove(at: index)
        return member.value == .null ? nil : JSONNode(member.value, unknownProperties: unknownProperties)
    }

    /// The property read by `read`, if the object has it. Errors carry the name of the property.
    mutating func optional<Value>(
        _ name: StaticString, _ read: (JSONNode) throws(InvalidValue) -> Value
    ) throws(InvalidValue) -> Value? {
        guard let node = take(name) else { return nil }
        do { return try read(node) } catch { throw error.at("\(name)") }
    }

    /// The property read by `read`; an error if it is missing.
    mutating func required<Value>(
        _ name: StaticString, _ read: (JSONNode) throws(InvalidValue) -> Value
    ) throws(InvalidValue) -> Value {
        guard let value = try optional(name, read) else { throw InvalidValue("is required").at("\(name)") }
        return value
    }

    mutating func optionalString(_ name: StaticString, upTo limit: Int) throws(InvalidValue) -> String? {
        try optional(name) { node throws(InvalidValue) in try node.string(upTo: limit) }
    }

    mutating func optionalInteger(_ name: StaticString, in range: ClosedRange<Int>) throws(InvalidValue) -> Int? {
        try optional(name) { node throws(InvalidValue) in try node.integer(in: range) }
    }

    mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: StaticString, of type: Choice.Type
    ) throws(InvalidValue) -> Choice? where Choice.RawValue == String {
        try optional(name) { node throws(InvalidValue) in try node.choice(of: type) }
    }

    /// Ends the reading. A property that was not taken is an error, unless unknown properties are ignored.
    func finish() throws(InvalidValue) {
        guard case .rejected = unknownProperties, let unknown = members.first else { return }
        let allowed = declared.map { "\($0)" }.joined(separator: ", ")
        throw InvalidValue("is not a property here; allowed are \(allowed)").at(unknown.name)
    }
}

extension String {
    fileprivate func isEqual(to text: StaticString) -> Bool {
        utf8.count == text.utf8CodeUnitCount && utf8.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
