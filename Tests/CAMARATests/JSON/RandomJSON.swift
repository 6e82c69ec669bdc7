import CAMARA
import QoDTestSupport

/// Random documents and random spellings of them.
extension SeededGenerator {
    /// A value of any kind, nested at most `depth` deep.
    mutating func json(depth: Int = 4) -> JSONValue {
        switch int(in: 0...(depth > 0 ? 9 : 6)) {
        case 0: return .null
        case 1: return .bool(oneIn(2))
        case 2: return .integer(jsonInteger())
        case 3: return .number(jsonNumber())
        case 4...6: return .string(jsonString())
        case 7...8:
            var members: [JSONMember] = []
            for _ in 0..<int(in: 0...(oneIn(20) ? 24 : 4)) {
                let name = jsonString()
                if !members.contains(where: { $0.name == name }) { members.append(JSONMember(name: name, value: json(depth: depth - 1))) }
            }
            return .object(members)
        default: return .array((0..<int(in: 0...4)).map { _ in json(depth: depth - 1) })
        }
    }

    private mutating func jsonInteger() -> Int {
        let bits = Int(truncatingIfNeeded: next()) >> int(in: 0...63)
        return max(bits, -.max)  // the least Int has no positive counterpart, and is read as a double
    }

    private mutating func jsonNumber() -> Double {
        while true {
            let number = oneIn(2) ? Double(int(in: -100_000...100_000)) / 8 : Double(bitPattern: next())
            // Readers differ on numbers near the limits of a double, so no such number is drawn.
            if number.isFinite, number == 0 || (1e-300...1e300).contains(number.magnitude) { return number }
        }
    }

    mutating func jsonString() -> String {
        let alphabet = oneIn(2) ? "abcdefghijklmnopqrstuvwxyz" : "aé漢😀\"\\/\u{0}\u{8}\n\u{1f}\u{7f}\u{2028}\u{ffff}\u{10ffff} "
        return text(int(in: 0...8), of: alphabet)
    }

    /// One of the many spellings of a document: spaces, escapes and forms of numbers are random.
    mutating func spelling(of value: JSONValue) -> String {
        let text: String
        switch value {
        case .null: text = "null"
        case .bool(let isTrue): text = isTrue ? "true" : "false"
        case .integer(let integer): text = String(integer)
        case .number(let number): text = oneIn(2) ? "\(number)" : "\(number)".replacing("e", with: "E")
        case .string(let string): text = spelling(of: string)
        case .array(let elements): text = "[" + elements.map { spelling(of: $0) }.joined(separator: ",") + space() + "]"
        case .object(let members):
            let pairs = members.map { space() + spelling(of: $0.name) + space() + ":" + spelling(of: $0.value) }
            text = "{" + pairs.joined(separator: ",") + space() + "}"
        }
        return space() + text + space()
    }

    private mutating func space() -> String {
        oneIn(4) ? text(int(in: 1...2), of: " \t\r\n") : ""
    }

    private mutating func spelling(of string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\" + String(scalar)
            case "/" where oneIn(2): text += "\\/"
            case "\n" where oneIn(2): text += "\\n"
            case "\u{8}" where oneIn(2): text += "\\b"
            case _ where scalar.value < 0x20 || oneIn(6):
                for unit in String(scalar).utf16 { text += "\\u" + hexadecimal(unit) }
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    private mutating func hexadecimal(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16, uppercase: oneIn(2))
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
