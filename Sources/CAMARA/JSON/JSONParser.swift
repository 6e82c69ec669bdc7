public import QualityOnDemand

extension JSONValue {
    /// The deepest nesting that is read.
    static let deepestNesting = 32
    /// The most properties of one object. The largest object of any API has about 20.
    static let mostMembers = 1000

    /// Reads a JSON document, more strictly than most readers. An object must not have a name twice, and a string must
    /// not have a lone surrogate. Nesting ends at 32 levels, so that no input can exhaust the stack. An object has
    /// 1,000 properties at most.
    ///
    /// - Parameter mostValues: The most values of all kinds in the document, because each value takes many
    ///   times the memory of its text.
    /// - Throws: ``QualityOnDemand/InvalidValue`` with the expected text and the byte position.
    public init(parsing bytes: some Collection<UInt8>, mostValues: Int = .max) throws(InvalidValue) {
        let result: Result<JSONValue, InvalidValue>? = bytes.withContiguousStorageIfAvailable { Self.parse($0, mostValues) }
        self = try (result ?? Array(bytes).withUnsafeBufferPointer { Self.parse($0, mostValues) }).get()
    }

    /// Reads a JSON document from memory that is only borrowed.
    public init(parsing bytes: UnsafeRawBufferPointer, mostValues: Int = .max) throws(InvalidValue) {
        self = try bytes.withMemoryRebound(to: UInt8.self) { Self.parse($0, mostValues) }.get()
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ mostValues: Int) -> Result<JSONValue, InvalidValue> {
        var parser = JSONParser(bytes: bytes, mostValues: mostValues)
        return Result { () throws(InvalidValue) in try parser.document() }
    }
}

/// A recursive-descent reader over borrowed bytes.
private struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0
    /// The number of values that may still be read.
    private var valuesLeft: Int
    private let mostValues: Int

    init(bytes: UnsafeBufferPointer<UInt8>, mostValues: Int) {
        self.bytes = bytes
        self.mostValues = mostValues
        valuesLeft = mostValues
    }

    mutating func document() throws(InvalidValue) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw InvalidValue("is empty; a JSON document is needed") }
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw unexpected("the end of the document") }
        return value
    }

    private mutating func value() throws(InvalidValue) -> JSONValue {
        guard let byte = peek() else { throw unexpected("a value") }
        guard valuesLeft > 0 else { throw InvalidValue("has more than \(mostValues) values") }
        valuesLeft -= 1
        switch byte {
        case UInt8(ascii: "{"): return try nested { parser throws(InvalidValue) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(InvalidValue) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected("a value")
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(InvalidValue) -> JSONValue
    ) throws(InvalidValue) -> JSONValue {
        depth += 1
        guard depth <= JSONValue.deepestNesting else {
            throw InvalidValue("is nested deeper than \(JSONValue.deepestNesting)")
        }
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(InvalidValue) -> JSONValue {
        position += 1
        var members: [JSONMember] = []
        var names = NameSet()
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw unexpected("a property name in quotation marks") }
            guard members.count < JSONValue.mostMembers else { throw InvalidValue("has more than \(JSONValue.mostMembers) properties") }
            let name = try string()
            guard names.insert(name, beside: members) else { throw InvalidValue("occurs twice; a property is allowed once").at(name) }
            skipSpace()
            guard take(":") else { throw unexpected("\":\"") }
            skipSpace()
            do { members.append(JSONMember(name: name, value: try value())) } catch { throw error.at(name) }
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw unexpected("\",\" or \"}\"") }
            skipSpace()
        }
    }

    private mutating func array() throws(InvalidValue) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            do { elements.append(try value()) } catch { throw error.at(index: elements.count) }
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw unexpected("\",\" or \"]\"") }
            skipSpace()
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(InvalidValue) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            guard peek() == text.utf8Start[index] else { throw unexpected("\"\(text)\"") }
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(InvalidValue) -> JSONValue {
        let start = position
        let isNegative = take("-")
        guard let first = peek(), (0x30...0x39).contains(first) else { throw unexpected("a digit") }
        var magnitude = 0
        var fits = true
        if first == UInt8(ascii: "0") {
            position += 1
        } else {
            while let digit = digit() {
                let (tenfold, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, overflowedAgain) = tenfold.addingReportingOverflow(digit)
                if overflowed || overflowedAgain { fits = false } else { magnitude = sum }
            }
        }
        let hasFraction = try fraction()
        let hasExponent = try exponent()
        if fits, !hasFraction, !hasExponent { return .integer(isNegative ? -magnitude : magnitude) }
        return .number(Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .infinity)
    }

    private mutating func fraction() throws(InvalidValue) -> Bool {
        guard take(".") else { return false }
        guard digit() != nil else { throw unexpected("a digit") }
        while digit() != nil {}
        return true
    }

    private mutating func exponent() throws(InvalidValue) -> Bool {
        guard take("e") || take("E") else { return false }
        if !take("+") { _ = take("-") }
        guard digit() != nil else { throw unexpected("a digit") }
        while digit() != nil {}
        return true
    }

    private mutating func digit() -> Int? {
        guard let byte = peek(), (0x30...0x39).contains(byte) else { return nil }
        position += 1
        return Int(byte - 0x30)
    }

    // MARK: Strings

    private mutating func string() throws(InvalidValue) -> String {
        position += 1
        let start = position
        var isASCII = true
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = bytes[start..<position]
                position += 1
                return try decoded(text, isASCII: isASCII)
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(from: start) }
            guard byte >= 0x20 else { throw unexpected("no control character in a string") }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        throw unexpected("the end of a string")
    }

    /// A string that does not decode to the same bytes was not UTF-8.
    private func decoded(_ text: some Collection<UInt8>, isASCII: Bool) throws(InvalidValue) -> String {
        let string = String(decoding: text, as: UTF8.self)
        guard isASCII || string.utf8.elementsEqual(text) else { throw InvalidValue("is not UTF-8") }
        return string
    }

    private mutating func stringWithEscapes(from start: Int) throws(InvalidValue) -> String {
        var text = Array(bytes[start..<position])
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try decoded(text, isASCII: false)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20:
                position -= 1
                throw unexpected("no control character in a string")
            default: text.append(byte)
            }
        }
        throw unexpected("the end of a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(InvalidValue) {
        guard let byte = peek() else { throw unexpected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: UTF8.encode(try unicodeScalar())!)
        default:
            position -= 1
            throw unexpected("one of \" \\ / b f n r t u after \\")
        }
    }

    private mutating func unicodeScalar() throws(InvalidValue) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), take("\\"), take("u") else { throw unexpected("no lone surrogate") }
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw unexpected("no lone surrogate") }
        let value = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
        guard let scalar = Unicode.Scalar(value) else { throw unexpected("a Unicode character") }
        return scalar
    }

    private mutating func codeUnit() throws(InvalidValue) -> UInt16 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
            let value = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw unexpected("four hexadecimal digits") }
        position += 4
        return value
    }

    // MARK: Bytes

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    private func unexpected(_ expectation: String) -> InvalidValue {
        InvalidValue("is not JSON: expected \(expectation) at byte \(position)")
    }
}

/// The names seen in an object. A few names are compared one by one; more names go into a set.
private struct NameSet {
    private var names: Set<String> = []

    mutating func insert(_ name: String, beside members: [JSONMember]) -> Bool {
        if members.count < 16 { return !members.contains { $0.name == name } }
        if names.isEmpty { names = Set(members.map(\.name)) }
        return names.insert(name).inserted
    }
}
