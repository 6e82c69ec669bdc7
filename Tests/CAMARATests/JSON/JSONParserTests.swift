import CAMARA
import QualityOnDemand
import Testing

@Suite("Reading JSON")
struct JSONParserTests {
    private static func parse(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test("every kind of value is read", arguments: [
        ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("0", .integer(0)), ("-0", .integer(0)), ("12", .integer(12)),
        ("-12", .integer(-12)), ("1.5", .number(1.5)), ("-0.25e2", .number(-25)), ("1E+2", .number(100)), ("2e-1", .number(0.2)),
        ("0.0", .number(0)), ("0e0", .number(0)), ("\"\"", .string("")), ("\"a\"", .string("a")), ("[]", .array([])), ("{}", .object([])),
        (" \t\r\n[ 1 , 2 ] \n", .array([.integer(1), .integer(2)])), ("[[],{}]", .array([.array([]), .object([])])),
        ("{ \"a\" : 1 , \"b\" : [ ] }", .object([.init(name: "a", value: .integer(1)), .init(name: "b", value: .array([]))])),
        ("{\"\":null}", .object([.init(name: "", value: .null)])),
    ] as [(String, JSONValue)])
    func values(text: String, value: JSONValue) throws {
        #expect(try Self.parse(text) == value)
    }

    @Test("whole numbers keep all their digits up to the ends of Int, and become doubles beyond", arguments: [
        ("9223372036854775807", .integer(.max)), ("-9223372036854775807", .integer(-.max)), ("9223372036854775808", .number(0x1p63)),
        ("-9223372036854775808", .number(-0x1p63)), ("18446744073709551616", .number(0x1p64)), ("9007199254740993", .integer(9_007_199_254_740_993)),
        ("100000000000000000000000000000000000000", .number(1e38)),
        ("1e400", .number(.infinity)), ("-1e400", .number(-.infinity)), ("1e-400", .number(0)),
    ] as [(String, JSONValue)])
    func bigNumbers(text: String, value: JSONValue) throws {
        #expect(try Self.parse(text) == value)
    }

    @Test("3, 3.0, 3e0 and 30e-1 are the same integer", arguments: ["3", "3.0", "3e0", "30e-1", "0.3e1", "3.000", "3E+0"])
    func wholeNumbers(text: String) throws {
        #expect(try ExtendSessionDuration(json: "{\"requestedAdditionalDuration\":\(text)}").requestedAdditionalDuration == 3)
    }

    @Test("a number that is no integer is refused as such, and one too big for any range as out of range", arguments: [
        ("3.5", "3.5 is not an integer"), ("1e-9", "1e-09 is not an integer"), ("0", "0 is not in 1...2147483647"),
        ("2147483648", "2147483648 is not in 1...2147483647"), ("-1", "-1 is not in 1...2147483647"),
        ("9223372036854775808", "9.223372036854776e+18 is not in 1...2147483647"),
        ("-9223372036854775808", "-9223372036854775808 is not in 1...2147483647"),
        ("1e30", "1e+30 is not in 1...2147483647"), ("1e400", "inf is not in 1...2147483647"),
    ])
    func integersOutOfRange(text: String, reason: String) {
        let error = #expect(throws: InvalidValue.self) { try ExtendSessionDuration(json: "{\"requestedAdditionalDuration\":\(text)}") }
        #expect(error?.description == "requestedAdditionalDuration: \(reason)")
    }

    @Test("escapes are read", arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u6f22""#, "Aé漢"), (#""\ud83d\ude00""#, "😀"),
        (#""\uD83D\uDE00""#, "😀"), (#""\u0000""#, "\0"), (#""\uffff""#, "\u{ffff}"), (#""\udbff\udfff""#, "\u{10ffff}"),
        (#""\ud800\udc00""#, "\u{10000}"), (#""a\u0062c""#, "abc"), ("\"é漢😀\u{7f}\u{2028}\"", "é漢😀\u{7f}\u{2028}"),
        (#""\u00E9 and \\u00e9""#, "é and \\u00e9"),
    ])
    func escapes(text: String, value: String) throws {
        #expect(try Self.parse(text) == .string(value))
    }

    @Test("anything else is refused, with what was expected and where", arguments: [
        ("", "is empty; a JSON document is needed"), (" \n", "is empty; a JSON document is needed"),
        ("nul", "is not JSON: expected \"null\" at byte 3"), ("True", "is not JSON: expected a value at byte 0"),
        ("1 2", "is not JSON: expected the end of the document at byte 2"), ("01", "is not JSON: expected the end of the document at byte 1"),
        ("-", "is not JSON: expected a digit at byte 1"), ("+1", "is not JSON: expected a value at byte 0"),
        ("1.", "is not JSON: expected a digit at byte 2"), (".5", "is not JSON: expected a value at byte 0"),
        ("1e", "is not JSON: expected a digit at byte 2"), ("1e+", "is not JSON: expected a digit at byte 3"),
        ("\"a", "is not JSON: expected the end of a string at byte 2"), ("\"\\", "is not JSON: expected an escape at byte 2"),
        ("\"\\x\"", "is not JSON: expected one of \" \\ / b f n r t u after \\ at byte 2"),
        ("\"\t\"", "is not JSON: expected no control character in a string at byte 1"),
        ("\"\\n\n\"", "is not JSON: expected no control character in a string at byte 3"),
        ("\"\\u12\"", "is not JSON: expected four hexadecimal digits at byte 3"),
        ("\"\\u12g4\"", "is not JSON: expected four hexadecimal digits at byte 3"),
        ("\"\\u+123\"", "is not JSON: expected four hexadecimal digits at byte 3"),
        ("{", "is not JSON: expected a property name in quotation marks at byte 1"),
        ("{a:1}", "is not JSON: expected a property name in quotation marks at byte 1"),
        ("{\"a\" 1}", "is not JSON: expected \":\" at byte 5"), ("{\"a\":1,}", "is not JSON: expected a property name in quotation marks at byte 7"),
        ("{\"a\":1 \"b\":2}", "is not JSON: expected \",\" or \"}\" at byte 7"), ("{\"a\":}", "a: is not JSON: expected a value at byte 5"),
        ("[1,]", "[1]: is not JSON: expected a value at byte 3"), ("[1 2]", "is not JSON: expected \",\" or \"]\" at byte 3"),
        ("[", "[0]: is not JSON: expected a value at byte 1"), ("]", "is not JSON: expected a value at byte 0"),
        ("{\"a\":[{\"b\":x}]}", "a[0].b: is not JSON: expected a value at byte 11"),
        ("[1]]", "is not JSON: expected the end of the document at byte 3"),
        ("NaN", "is not JSON: expected a value at byte 0"), ("[Infinity]", "[0]: is not JSON: expected a value at byte 1"),
        ("//", "is not JSON: expected a value at byte 0"), ("\u{feff}1", "is not JSON: expected a value at byte 0"),
        ("'a'", "is not JSON: expected a value at byte 0"), ("1\u{b}", "is not JSON: expected the end of the document at byte 1"),
    ])
    func malformed(text: String, message: String) {
        let error = #expect(throws: InvalidValue.self) { try Self.parse(text) }
        #expect(error?.description == message)
    }

    @Test("half a surrogate pair is refused", arguments: [
        #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ude00\ud83d""#, #""\ud83d\u0041""#,
    ])
    func loneSurrogates(text: String) {
        let error = #expect(throws: InvalidValue.self) { try Self.parse(text) }
        #expect(error?.reason.hasPrefix("is not JSON: expected no lone surrogate") == true)
    }

    @Test("bytes that are not UTF-8 are refused", arguments: [
        [0x80], [0xc3], [0xc3, 0x28], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
        [0xf8, 0x88, 0x80, 0x80, 0x80], [0xff],
    ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        for document in [[0x22] + bytes + [0x22], [0x22, 0x5c, 0x6e] + bytes + [0x22]] {
            let error = #expect(throws: InvalidValue.self) { try JSONValue(parsing: document) }
            #expect(error?.description == "is not UTF-8")
        }
    }

    @Test("no name stands twice in an object, however it is escaped", arguments: [
        (#"{"a":1,"a":2}"#, "a: occurs twice; a property is allowed once"), (#"{"a":1,"\u0061":2}"#, "a: occurs twice; a property is allowed once"),
        (#"[{"b":{"a":1,"c":1,"a":1}}]"#, "[0].b.a: occurs twice; a property is allowed once"),
    ])
    func duplicates(text: String, message: String) {
        let error = #expect(throws: InvalidValue.self) { try Self.parse(text) }
        #expect(error?.description == message)
    }

    @Test("a name that stands twice is found among few and among many", arguments: [1, 2, 15, 16, 17, 18, 40, 500])
    func duplicatesAmongMany(count: Int) throws {
        let members = (0..<count).map { "\"n\($0)\":{\"n0\":0}" }
        #expect(try Self.parse("{" + members.joined(separator: ",") + "}").paths.count == 1 + 2 * count)
        for repeated in Set([0, count / 2, count - 1]) {
            let error = #expect(throws: InvalidValue.self) { try Self.parse("{" + (members + [members[repeated]]).joined(separator: ",") + "}") }
            #expect(error?.description == "n\(repeated): occurs twice; a property is allowed once")
        }
    }

    @Test("nesting is read to a depth of 32 and no deeper", arguments: [("[", "]"), ("{\"a\":", "}")])
    func depth(opening: String, closing: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: opening, count: depth - 1) + (opening == "[" ? "[]" : "{}") + String(repeating: closing, count: depth - 1)
        }
        _ = try Self.parse(nested(32))
        let error = #expect(throws: InvalidValue.self) { try Self.parse(nested(33)) }
        #expect(error?.reason == "is nested deeper than 32")
    }

    @Test("depth counts what is open, not what there is")
    func depthIsOfOpenOnes() throws {
        let wide = "[" + [String](repeating: "[[]]", count: 1_000).joined(separator: ",") + "]"
        _ = try Self.parse(wide)
    }

    @Test("a million opening brackets are refused as quickly as thirty-three")
    func bracketBomb() {
        #expect(throws: InvalidValue.self) { try JSONValue(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) }
    }

    @Test("borrowed memory, lazy collections and arrays are read alike")
    func sources() throws {
        let bytes = Array(#"{"a":[1,"é"]}"#.utf8)
        let expected = try JSONValue(parsing: bytes)
        #expect(try bytes.withUnsafeBytes { try JSONValue(parsing: $0) } == expected)
        #expect(try JSONValue(parsing: bytes.lazy.map { $0 }) == expected)
        #expect(try JSONValue(parsing: ([0x20] + bytes).dropFirst()) == expected)
        #expect(throws: InvalidValue.self) { try JSONValue(parsing: UnsafeRawBufferPointer(start: nil, count: 0)) }
        #expect(throws: InvalidValue.self) { try JSONValue(parsing: EmptyCollection<UInt8>()) }
    }
}
