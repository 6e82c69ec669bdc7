import Foundation
import QoDServer
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import Platform
import Southbound

/// Text files in the encodings of editors on several systems.
@Suite struct TextFileTests {
    /// The same text as UTF-8 without and with a byte order mark, and as UTF-16 with one.
    private static func writings(of text: String) -> [[UInt8]] {
        let units = Array(text.utf16)
        return [
            Array(text.utf8), [0xef, 0xbb, 0xbf] + Array(text.utf8),
            [0xff, 0xfe] + units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }, [0xfe, 0xff] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] },
        ]
    }

    private func withFile<Value>(_ bytes: [UInt8], _ body: (String) throws -> Value) throws -> Value {
        let file = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString)").path()
        try Data(bytes).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try body(file)
    }

    @Test(arguments: ["- {ipv4Address: 10.45.0.2, hostname: cámera}\r\n", #"[{"ipv4Address":"10.45.0.2","hostname":"cámera"}]"#])
    func `a list of devices is taken with a byte order mark`(text: String) throws {
        for bytes in Self.writings(of: text) {
            let entries = try DeviceList.entries(of: "d.yaml", bytes)
            #expect(entries.map(\.ipv4Address?.description) == ["10.45.0.2"] && entries[0].hostname == "cámera")
        }
    }

    @Test(arguments: ["- {name: GOLD, status: ACTIVE}\r\n", #"[{"name":"GOLD","status":"ACTIVE"}]"#])
    func `a file of profiles is taken with a byte order mark`(text: String) throws {
        for bytes in Self.writings(of: text) {
            #expect(try withFile(bytes) { try ProfilesFile.read($0).profiles.map(\.name.description) } == ["GOLD"])
        }
    }

    @Test func `a configuration is taken with a byte order mark`() throws {
        for bytes in Self.writings(of: "server:\r\n  port: 4711\r\n") {
            #expect(try withFile(bytes) { try SettingsReader(flags: [:], environment: [:], file: $0).read() }.server.port == 4711)
        }
        let error = #expect(throws: SettingError.self) {
            try withFile([0x61, 0xff]) { try SettingsReader(flags: [:], environment: [:], file: $0).read() }
        }
        #expect(error?.description.hasSuffix(": is not text in UTF-8") == true)
    }
}
