import Foundation
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Tools")
struct ToolTests {
    @Test("get their input and give their output, however much")
    func input() throws {
        let text = String(repeating: "a line that goes through\n", count: 20_000)
        #expect(try Tool(prefix: []).run(["cat"], input: text) == Data(text.utf8))
    }

    @Test("that fail, are missing, take too long or say too much are errors that tell so")
    func failures() {
        let cases: [([String], String)] = [
            (["ls", "/no-such-folder"], "No such file"), (["no-such-tool"], "; no-such-tool must be installed"), (["false"], "status 1"),
            (["sleep", "30"], "not done after"), (["head", "-c", "2000", "/dev/zero"], "printed more than 1000 bytes"),
        ]
        for (command, expected) in cases {
            let error = #expect(throws: NetworkError.self) { try Tool(prefix: [], timeout: 0.5, mostOutput: 1000).run(command) }
            #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
        }
    }

    @Test("are run behind the prefix, arguments as they are")
    func prefix() throws {
        #expect(try Tool(prefix: ["printf", "%s|"]).run(["a b", "$HOME; *"]) == Data("a b|$HOME; *|".utf8))
    }
}
