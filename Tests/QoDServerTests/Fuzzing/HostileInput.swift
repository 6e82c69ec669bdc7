import CAMARA
import QoDTestSupport
import QualityOnDemand

/// Inputs of an attacker.
extension SeededGenerator {
    private static let structure = Array("{}[]:,\"\\0123456789.-+eE \n\ttruefalsnu/bd8c".utf8)

    /// A document in which some texts and some bytes are replaced by hostile ones.
    mutating func hostile(_ document: String) -> [UInt8] {
        var text = document
        for _ in 0..<int(in: 0...2) {
            let places = text.ranges(of: /"[^"]*"|-?[0-9]+|true|null/)
            guard !places.isEmpty else { break }
            text.replaceSubrange(pick(places), with: hostileValue())
        }
        let bytes = Array(text.utf8)
        return oneIn(2) ? bytes : mutated(bytes, with: oneIn(4) ? [] : Self.structure)
    }

    /// A JSON text at the limits of parsers.
    private mutating func hostileValue() -> String {
        switch int(in: 0...11) {
        case 0: pick(["0", "-0", "1", "-1", "65535", "65536", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808"])
        case 1: pick(["1e400", "-1e400", "1e-400", "0.1", "1E+2", "6.5535e4", String(repeating: "9", count: int(in: 1...400))])
        case 2: String(repeating: "[", count: int(in: 1...80)) + String(repeating: "]", count: int(in: 1...80))
        case 3: pick(["null", "true", "{}", "[]", "[null]", "[[]]", "{\"\": null}", "\"\""])
        case 4: "\"\(text(int(in: 0...600), of: "aZ0.:/@+-%"))\""
        case 5: pick([#""\u0000""#, #""\ud800""#, #""\udc00\ud800""#, #""\ud83d\ude00""#, #""\u202e""#, "\"\u{feff}\"", "\"\u{10ffff}\""])
        case 6: "\"\(hostileAddress())\""
        case 7: "\"\(hostileTime())\""
        case 8: pick([#""+99999991000""#, #""+1""#, #""+1234567890123456""#, #""device-1000@testcsp.net""#, #""@""#, #""QOS_L""#])
        case 9: "[" + (0..<int(in: 0...120)).map { _ in "\(int(in: -2...70_000))" }.joined(separator: ",") + "]"
        case 10: "[" + (0..<int(in: 0...40)).map { _ in portRange() }.joined(separator: ",") + "]"
        default: "\"\(text(int(in: 0...12), of: "é漢😀\u{7f}\u{85}\u{2028} abc"))\""
        }
    }

    private mutating func portRange() -> String {
        "{\"from\":\(int(in: -1...70_000)),\"to\":\(int(in: -1...70_000))}"
    }

    /// A text that resembles an IPv4 or IPv6 address or subnet.
    mutating func hostileAddress() -> String {
        let whole: String =
            switch int(in: 0...4) {
            case 0: ipv4Address().description
            case 1: ipv6Address().description
            case 2: subnet().description
            case 3: "::ffff:\(ipv4Address())"
            default: (0..<int(in: 1...9)).map { _ in text(int(in: 0...5), of: "0123456789abcdefF") }.joined(separator: ":")
            }
        return oneIn(3) ? whole : String(decoding: mutated(Array(whole.utf8), with: Array("0123456789abcdef.:/% ".utf8)), as: UTF8.self)
    }

    /// A text that resembles an RFC 3339 date-time.
    mutating func hostileTime() -> String {
        let whole = oneIn(2) ? timestamp().description : pick(["9999-12-31T23:59:60+23:59", "0000-01-01T00:00:00-23:59", "2024-02-30T24:00:00Z"])
        return oneIn(3) ? whole : String(decoding: mutated(Array(whole.utf8), with: Array("0123456789-+:.TtZz ".utf8)), as: UTF8.self)
    }
}

extension JSONValue {
    /// The document as text.
    var spelling: String {
        switch self {
        case .null: "null"
        case .bool(let isTrue): "\(isTrue)"
        case .integer(let integer): "\(integer)"
        // A number beyond the range of a double is read as infinite, which has no spelling in JSON.
        case .number(let number): number.isInfinite ? (number < 0 ? "-1e999" : "1e999") : "\(number)"
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[\(elements.map(\.spelling).joined(separator: ","))]"
        case .object(let members): "{\(members.map { "\(Self.quoted($0.name)):\($0.value.spelling)" }.joined(separator: ","))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONWriter.document { $0.string(text) }, as: UTF8.self)
    }
}
