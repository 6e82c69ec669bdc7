import CAMARA
import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("JSON beside Foundation's")
struct JSONOracleTests {
    @Test("random documents in random spellings are read as they were meant, and as Foundation reads them")
    func documents() throws {
        for seed in 0..<4_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let value = random.json()
            let bytes = Array(random.spelling(of: value).utf8)
            let read = try? JSONValue(parsing: bytes)
            if read != value { Issue.record("seed \(seed): \(String(decoding: bytes, as: UTF8.self)) was read as \(String(describing: read))") }
            if !SystemJSON.agrees(SystemJSON.parse(bytes), value) { Issue.record("seed \(seed): Foundation reads \(value) otherwise") }
        }
    }

    @Test("damaged documents are read and refused as by Foundation, but for the differences that are meant")
    func damagedDocuments() throws {
        var (accepted, excused) = (0, 0)
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let bytes = Self.damaged(&random)
            let mine = try? JSONValue(parsing: bytes)
            let theirs = SystemJSON.parse(bytes)
            if mine != nil { accepted += 1 }
            let isSame = mine.map { SystemJSON.agrees(theirs, $0) } ?? (theirs == nil)
            if isSame { continue }
            excused += 1
            guard !Self.isMeant(bytes) else { continue }
            Issue.record("seed \(seed): \(String(decoding: bytes, as: UTF8.self)) is \(String(describing: mine)), \(String(describing: theirs))")
        }
        #expect((2_000..<18_000).contains(accepted), "both outcomes shall be common: \(accepted) accepted")
        #expect(excused < 1_000, "\(excused) differences were excused")
    }

    private static func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        let whole = Array(random.spelling(of: random.json(depth: 3)).utf8)
        let structure = Array("{}[]:,\"\\0123456789.-+eE \n\ttruefalsnu/bd8c".utf8)
        return random.mutated(whole, with: random.oneIn(5) ? [] : structure)
    }

    /// The intended differences. Only this reader refuses a repeated name, half a surrogate pair, too deep a nesting,
    /// a comma behind the last item, a byte order mark and encodings other than UTF-8.
    /// Only Foundation refuses numbers that no double holds exactly enough.
    private static func isMeant(_ bytes: [UInt8]) -> Bool {
        do {
            return try JSONValue(parsing: bytes).hasExtremeNumber
        } catch {
            let reasons = ["occurs twice", "expected no lone surrogate", "nested deeper"]
            return reasons.contains(where: error.reason.contains) || isCommaBehindTheLast(bytes, error)
                || bytes.starts(with: [0xef, 0xbb, 0xbf]) || bytes.contains(0)
        }
    }

    private static func isCommaBehindTheLast(_ bytes: [UInt8], _ error: InvalidValue) -> Bool {
        guard let place = error.reason.split(separator: " ").last.flatMap({ Int($0) }), bytes.indices.contains(place) else { return false }
        let isEnd = [UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[place])
        return isEnd && bytes[..<place].last { $0 > 0x20 } == UInt8(ascii: ",")
    }

    @Test("numbers with a fraction or an exponent are as exact as strtod reads them")
    func numbers() throws {
        for seed in 0..<5_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var text = (random.oneIn(2) ? "-" : "") + "\(random.int(in: 0...(random.oneIn(2) ? 9 : .max)))"
            if random.oneIn(2) { text += "." + random.text(random.int(in: 1...25), of: "0123456789") }
            text += "e" + random.pick(["", "+", "-"]) + "\(random.int(in: 0...330))"
            let value = try JSONValue(parsing: Array(text.utf8))
            if value != .number(strtod(text, nil)) { Issue.record("seed \(seed): \(text) was read as \(value)") }
        }
    }

    @Test("no bytes make it trap")
    func randomBytes() {
        let tokens = ["{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "d83d", "null", "true", "-", "0", "12", ".5", "e", "E+", "\"a\"", " ", "é"]
            .map { Array($0.utf8) }
        var accepted = 0
        for seed in 0..<100_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let count = Int(random.next() & 15)
            var bytes: [UInt8] = []
            if seed % 4 == 0 {
                bytes = random.bytes(count)
            } else {
                for _ in 0..<count { bytes += tokens[Int(random.next() % UInt64(tokens.count))] }
            }
            if (try? JSONValue(parsing: bytes)) != nil { accepted += 1 }
        }
        #expect(accepted > 1_000)
    }

    @Test("damaged requests are read or refused, never a trap, and what was read is written and read again the same")
    func damagedRequests() throws {
        let texts = Sample.all.map { Array(SeededGenerator.plain($0.document).utf8) }
        for seed in 0..<6_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let sample = Sample.all[Int(seed) % texts.count]
            let damaged = random.mutated(texts[Int(seed) % texts.count], with: Array("0123456789\"{}[]:,.-eabcdefx/\\ ".utf8))
            guard let document = try? JSONValue(parsing: damaged), sample.complaint(about: document, .ignored) == nil else { continue }
            if try !sample.survivesRewriting(document) { Issue.record("seed \(seed): \(document) is not read as it is written") }
        }
    }
}

extension SeededGenerator {
    /// The spelling of a document, without any random choice.
    static func plain(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let isTrue): "\(isTrue)"
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .string(let text): "\"\(text)\""
        case .array(let elements): "[" + elements.map { plain($0) }.joined(separator: ",") + "]"
        case .object(let members): "{" + members.map { "\"\($0.name)\":" + plain($0.value) }.joined(separator: ",") + "}"
        }
    }
}

extension JSONValue {
    /// Whether the value contains a number that is too large, or too close to 0, for a double to hold exactly.
    fileprivate var hasExtremeNumber: Bool {
        switch self {
        case .number(let number): number.isInfinite || !number.isNormal
        case .array(let elements): elements.contains { $0.hasExtremeNumber }
        case .object(let members): members.contains { $0.value.hasExtremeNumber }
        default: false
        }
    }
}

/// Foundation's reader, and a comparison of its values with this package's values.
enum SystemJSON {
    static func parse(_ bytes: [UInt8]) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    static func agrees(_ theirs: Any?, _ mine: JSONValue) -> Bool {
        guard let theirs else { return false }
        switch mine {
        case .null: return theirs is NSNull
        case .bool(let isTrue): return (theirs as? Bool) == isTrue
        case .integer(let integer): return (theirs as? NSNumber)?.int64Value == Int64(integer)
        case .number(let number):
            // Foundation reads numbers through Decimal and loses the last bits; the tests
            // with strtod check the exact value.
            return (theirs as? NSNumber).map { abs($0.doubleValue - number) <= 1e-14 * number.magnitude } ?? false
        case .string(let text): return (theirs as? String).map { $0.unicodeScalars.elementsEqual(text.unicodeScalars) } ?? false
        case .array(let elements):
            guard let list = theirs as? [Any], list.count == elements.count else { return false }
            return zip(list, elements).allSatisfy { agrees($0, $1) }
        case .object(let members):
            guard let table = theirs as? [String: Any], table.count == members.count else { return false }
            return members.allSatisfy { agrees(table[$0.name], $0.value) }
        }
    }
}
