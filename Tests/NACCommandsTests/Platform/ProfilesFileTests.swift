import Foundation
import QualityOnDemand
import SessionEngine
import Testing

@testable import Platform

@Suite struct ProfilesFileTests {
    private func read(_ text: String) throws -> Int {
        let file = FileManager.default.temporaryDirectory.appending(path: "nac-\(UUID().uuidString).yaml").path()
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
            return try ProfilesFile.read(file).profiles.count
        } catch {
            throw SettingError(error.description.replacing(file, with: "FILE"))
        }
    }

    @Test func `profiles are read from YAML and from JSON`() throws {
        #expect(try read("- {name: GOLD, status: ACTIVE, maxDuration: {value: 5, unit: Minutes}}\n- {name: \"TIN\", status: INACTIVE}") == 2)
        #expect(try read(#"[{"name":"GOLD","status":"ACTIVE","priority":3}]"#) == 1)
    }

    @Test(arguments: [
        ("", "FILE: is empty; a list of profiles is needed"),
        ("[]", "FILE: lists no profile; at least one is needed"),
        ("name: GOLD", "FILE: is an object"),
        ("- {name: GOLD}", "FILE: [0].status: "),
        ("- {name: GOLD, status: SHINY}", "FILE: [0].status: "),
        ("- {name: GOLD, status: ACTIVE, colour: red}", "FILE: [0].colour: "),
        ("- {name: GOLD, status: ACTIVE}\n- {name: GOLD, status: ACTIVE}", "FILE: [1].name: GOLD occurs twice in the list"),
        ("- {name: GOLD, status: ACTIVE, priority: 101}", "FILE: [0].priority: "),
        ("- [", "FILE: is not YAML"),
    ])
    func `a file that does not fit is told with the place`(text: String, message: String) {
        let error = #expect(throws: SettingError.self) { try read(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }
}
