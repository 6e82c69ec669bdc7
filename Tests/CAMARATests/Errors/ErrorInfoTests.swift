import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Errors on the wire")
struct ErrorInfoTests {
    static let cases: [Limit] = [
        .allows("status", .integer(100)), .allows("status", .integer(599)), .refuses("status", .integer(99), "99 is not in 100...599"),
        .refuses("status", .integer(600), "600 is not in 100...599"), .refuses("status", nil, "is required"),
        .refuses("status", .string("400"), "is a string, not an integer"),
        .allows("code", .letters(96)), .refuses("code", .letters(97), "is 97 characters long; at most 96 are allowed"),
        .refuses("code", nil, "is required"),
        .allows("message", .string("")), .allows("message", .letters(10_000)), .refuses("message", nil, "is required"),
    ]

    @Test("each property has its limits, and errors say where they were passed", arguments: cases)
    func limited(limit: Limit) {
        limit.check(in: Sample.error, as: ErrorInfo.self)
    }

    @Test("a message of 512 characters is told whole", arguments: ["x", "é", "漢", "😀"])
    func whole(character: String) {
        let message = String(repeating: character, count: 512)
        #expect(ErrorInfo(status: 400, code: .invalidArgument, message: message).message == message)
    }

    @Test("a longer message is cut and says so", arguments: [("x", 513), ("é", 513), ("😀", 10_000), ("x", 100_000)])
    func cut(character: String, count: Int) {
        let message = ErrorInfo(status: 400, code: .invalidArgument, message: String(repeating: character, count: count)).message
        #expect(message.unicodeScalars.count <= 512)
        #expect(message.hasPrefix(String(repeating: character, count: 500)))
        #expect(message.hasSuffix("…"))
    }

    @Test("characters of many scalars cannot carry a message past 512", arguments: [
        "e\u{301}\u{301}", "👨‍👩‍👧‍👦", "\r\n", "e" + String(repeating: "\u{301}", count: 100),
    ])
    func scalars(character: String) {
        let message = ErrorInfo(status: 400, code: .invalidArgument, message: String(repeating: character, count: 600)).message
        #expect(message.unicodeScalars.count <= 512)
        #expect(message.hasSuffix("…"))
    }

    @Test("the longest path of the oddest names makes a message that fits")
    func longestPath() {
        let name = "e" + String(repeating: "\u{301}", count: 63)
        let error = (0..<31).reduce(InvalidValue("is wrong")) { error, _ in error.at(name) }
        #expect(ErrorInfo(status: 400, code: .invalidArgument, message: error.description).message.unicodeScalars.count <= 512)
    }

    @Test("an error is read as it was written, with codes we do not know")
    func roundTrip() throws {
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let code = random.oneIn(2) ? ErrorCode.conflict : ErrorCode(random.jsonString())
            let info = ErrorInfo(status: random.int(in: 100...599), code: code, message: random.jsonString())
            if try ErrorInfo(info.document) != info { Issue.record("seed \(seed): \(info)") }
        }
        let written = ErrorInfo(status: 404, code: .notFound, message: "a \"b\"").json
        #expect(String(decoding: written, as: UTF8.self) == #"{"status":404,"code":"NOT_FOUND","message":"a \"b\""}"#)
    }

    @Test("a provider's further properties are ignored by the SDK and refused by the server")
    func further() throws {
        let document = Sample.error.setting("details", to: .array([]))
        #expect(ErrorInfo.complaint(about: document)?.description == "details: is not a property here; allowed are status, code, message")
        #expect(try ErrorInfo(document, .ignored).code == .invalidArgument)
    }
}

@Suite("The x-correlator")
struct XCorrelatorTests {
    @Test("letters, digits and -_:;./<>{} may stand in it, 256 at most", arguments: [
        "", "b4333c46-49c0-4f62-80d7-f0ef930f1c46", "azAZ09-_:;./<>{}", String(repeating: "x", count: 256),
    ])
    func valid(text: String) {
        #expect(XCorrelator.isValid(text))
        #expect(XCorrelator.headerName == "x-correlator")
    }

    @Test("nothing else may", arguments: [
        " ", "a b", "a\n", "a\r\nb: c", "a,b", "a\"b", "a'b", "a=b", "a+b", "a%20b", "a\\b",
        "a|b", "[a]", "(a)", "a@b", "a?b", "a#b", "é", "a\0", "a\u{7f}",
        String(repeating: "x", count: 257), String(repeating: "é", count: 10),
    ])
    func invalid(text: String) {
        #expect(!XCorrelator.isValid(text))
    }

    @Test("every ASCII character is judged as by the pattern of the API")
    func pattern() throws {
        // quality-on-demand.yaml, schema XCorrelator; the hyphen is escaped for Swift's sake
        let pattern = try Regex("^[a-zA-Z0-9\\-_:;.\\/<>{}]{0,256}$")
        for byte in 0..<128 as Range<UInt8> {
            let text = String(UnicodeScalar(byte))
            #expect(XCorrelator.isValid(text) == (text.wholeMatch(of: pattern) != nil), "\(byte)")
        }
    }
}
