import CAMARA
import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    private static func text(_ body: (inout JSONWriter) -> Void) -> String {
        String(decoding: JSONWriter.document(body), as: UTF8.self)
    }

    @Test("commas stand between values and nowhere else")
    func commas() {
        let text = Self.text { json in
            json.object { json in
                json.write("a", 1)
                json.name("b")
                json.array([[1, 2], [], [3]]) { json, list in json.array(list) { $0.integer($1) } }
                json.name("c")
                json.object { _ in }
                json.write("d", "x")
                json.name("e")
                json.array([1, 2]) { json, number in json.object { $0.write("n", number) } }
            }
        }
        #expect(text == #"{"a":1,"b":[[1,2],[],[3]],"c":{},"d":"x","e":[{"n":1},{"n":2}]}"#)
    }

    @Test("what is nil is left out, with its comma")
    func absent() {
        let text = Self.text { json in
            json.object { json in
                json.write("a", nil as String?)
                json.write("b", 1)
                json.write("c", nil as Int?)
                json.write("d", nil as Timestamp?)
                json.write("e", nil as [Int]?) { json, list in json.array(list) { $0.integer($1) } }
                json.write("f", [2]) { json, list in json.array(list) { $0.integer($1) } }
            }
        }
        #expect(text == #"{"b":1,"f":[2]}"#)
    }

    @Test("quotation marks, backslashes and control characters are escaped, all else stands as it is", arguments: [
        ("", #""""#), ("a\"b\\c", #""a\"b\\c""#), ("\u{0}\u{1f}\n", #""\u0000\u001f\u000a""#),
        ("é漢😀/\u{7f}\u{2028}", "\"é漢😀/\u{7f}\u{2028}\""),
        ("\"", #""\"""#), ("\\", #""\\""#), ("\n\n", #""\u000a\u000a""#),
    ])
    func strings(value: String, written: String) {
        #expect(Self.text { $0.string(value) } == written)
    }

    @Test("integers are written with all their digits", arguments: [0, 1, -1, 10, 99, 100, -100, 65535, Int.max, Int.min])
    func integers(value: Int) {
        #expect(Self.text { $0.integer(value) } == "\(value)")
    }

    @Test("times are written as RFC 3339")
    func times() {
        #expect(Self.text { $0.time(Timestamp(milliseconds: 250)) } == #""1970-01-01T00:00:00.250Z""#)
    }

    @Test("Foundation reads random documents as they were written")
    func sameAsFoundation() throws {
        for seed in 0..<3_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let value = random.writable(depth: 3)
            let bytes = JSONWriter.document { Self.write(value, to: &$0) }
            if try JSONValue(parsing: bytes) != value { Issue.record("seed \(seed): \(value) is not read as it is written") }
            if !SystemJSON.agrees(SystemJSON.parse(bytes), value) { Issue.record("seed \(seed): Foundation reads \(value) otherwise") }
        }
    }

    private static let names: [StaticString] = ["a", "b", "c", "d"]

    private static func write(_ value: JSONValue, to json: inout JSONWriter) {
        switch value {
        case .integer(let integer): json.integer(integer)
        case .string(let text): json.string(text)
        case .array(let elements): json.array(elements) { write($1, to: &$0) }
        case .object(let members):
            json.object { json in
                for member in members {
                    json.name(names.first { "\($0)" == member.name }!)
                    write(member.value, to: &json)
                }
            }
        case .null, .bool, .number: preconditionFailure("there is no way to write \(value)")
        }
    }
}

extension SeededGenerator {
    /// A random value of the kinds that the writer supports.
    fileprivate mutating func writable(depth: Int) -> JSONValue {
        switch int(in: 0...(depth > 0 ? 5 : 2)) {
        case 0: .integer(Int(truncatingIfNeeded: next()) >> int(in: 1...63))
        case 1...2: .string(jsonString())
        case 3: .array((0..<int(in: 0...4)).map { _ in writable(depth: depth - 1) })
        default: .object(["a", "b", "c", "d"].prefix(int(in: 0...4)).map { JSONMember(name: $0, value: writable(depth: depth - 1)) })
        }
    }
}
