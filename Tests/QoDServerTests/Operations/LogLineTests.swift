import CAMARA
import Foundation
import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Testing

@testable import Operations

@Suite("A line of the log")
struct LogLineTests {
    /// Keeps the written lines in memory.
    private final class Paper: Sendable {
        let bytes = NIOLockedValueBox<[UInt8]>([])
        var text: String { String(decoding: bytes.withLockedValue { $0 }, as: UTF8.self) }
        func writer(capacity: Int = 1 << 20) -> LogWriter {
            LogWriter(capacity: capacity, droppedLine: { Array("dropped \($0)\n".utf8) }) { line in self.bytes.withLockedValue { $0 += line } }
        }
    }

    private static let time = Timestamp(milliseconds: 1_790_000_000_125)
    private static let nasty = "two\nlines\r\n\u{2028}\u{0}\u{1b}[31m \"quoted\" \\ ünï \u{202e}tab\t"

    private func lines(_ format: LogFormat, _ log: (Logger) -> Void) -> [String] {
        let paper = Paper()
        let writer = paper.writer()
        var logger = Logger(label: "nac") { LineLogHandler(label: $0, format: format, writer: writer) { Self.time } }
        logger[metadataKey: "server"] = "one"
        log(logger)
        writer.flush()
        #expect(paper.text.isEmpty || paper.text.utf8.last == UInt8(ascii: "\n"))
        return paper.text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("as JSON is an object with the time, level, label, message, and all fields")
    func json() throws {
        let lines = lines(.json) { logger in
            logger.info("Request", metadata: ["status": .stringConvertible(201), "ms": .stringConvertible(1.5), "client": "warehouse"])
            logger.error("It failed", metadata: ["message": "mine", "time": "now", "list": ["a", ["b": "c"]], "odd": .stringConvertible(Double.nan)])
            logger.debug("not logged")
        }
        #expect(lines.count == 2)
        let first = try object(lines[0])
        #expect(first["time"] as? String == Self.time.description && first["level"] as? String == "info" && first["label"] as? String == "nac")
        #expect(first["message"] as? String == "Request" && first["client"] as? String == "warehouse" && first["server"] as? String == "one")
        #expect(first["status"] as? Int == 201 && first["ms"] as? Double == 1.5)
        let second = try object(lines[1])
        #expect(second["message"] as? String == "It failed" && second["metadata_message"] as? String == "mine" && second["metadata_time"] as? String == "now")
        #expect((second["list"] as? [Any])?.count == 2 && second["odd"] as? String == "nan")
        // The package's own parser is stricter: it refuses a repeated member.
        for line in lines { _ = try JSONValue(parsing: line.utf8) }
    }

    @Test("is one line whatever is in it, and can be read back", arguments: LogFormat.allCases)
    func oneLine(format: LogFormat) throws {
        let lines = lines(format) { $0.warning("\(Self.nasty)", metadata: ["\(Self.nasty)": "\(Self.nasty)", "nested": ["\(Self.nasty)": ["\(Self.nasty)"]]]) }
        #expect(lines.count == 1)
        #expect(!lines[0].utf8.contains { $0 < 0x20 }, "no control characters")
        guard format == .json else {
            #expect(!lines[0].unicodeScalars.contains { ["\u{2028}", "\u{202e}"].contains($0) })
            return
        }
        let object = try object(lines[0])
        #expect(object["message"] as? String == Self.nasty && object[Self.nasty] as? String == Self.nasty)
    }

    @Test("as text has fields in order, in quotes where they are not one word")
    func text() {
        let lines = lines(.text) { $0.info("Request", metadata: ["b": "two words", "a": "one", "c": "", "d": "x\"y"]) }
        #expect(lines == ["\(Self.time) info nac: Request a=one b=\"two words\" c=\"\" d=\"x\\\"y\" server=one"])
    }

    @Test("is written whole and in order, and what does not fit is counted")
    func writing() async {
        let paper = Paper()
        let writer = paper.writer()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for number in 0..<500 { writer.write(Array("\(task) \(number)\n".utf8)) } }
            }
        }
        writer.flush()
        let lines = paper.text.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
        #expect(lines.count == 4000)
        for task in 0..<8 { #expect(lines.filter { $0.first == task }.map(\.last) == (0..<500).map { $0 }) }

        let blocked = DispatchSemaphore(value: 0)
        let written = NIOLockedValueBox<[String]>([])
        let small = LogWriter(capacity: 10, droppedLine: { Array("dropped \($0)\n".utf8) }) { bytes in
            blocked.wait()
            written.withLockedValue { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        for _ in 0..<50 { small.write(Array("12345678\n".utf8)) }
        for _ in 0..<50 { blocked.signal() }
        small.flush()
        let said = written.withLockedValue { $0.joined() }
        let kept = said.split(separator: "\n").filter { $0 == "12345678" }.count
        let dropped = said.split(separator: "\n").compactMap { $0.hasPrefix("dropped ") ? Int($0.dropFirst(8)) : nil }.reduce(0, +)
        #expect(kept + dropped == 50 && kept <= 3, "\(said)")
    }
}
