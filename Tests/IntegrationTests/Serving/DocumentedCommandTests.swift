import CAMARA
import Foundation
import QoDTestSupport
import Testing

extension Integration {
    /// Runs the commands of docs/operations.md as they are printed.
    @Suite struct DocumentedCommandTests {
        /// The indented block of a document that contains the text.
        private static func block(with text: String, in document: String) throws -> String {
            let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let lines = try String(contentsOf: package.appending(path: document), encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            let index = try #require(lines.firstIndex { $0.hasPrefix("    ") && $0.contains(text) }, "\(text) is not in \(document)")
            let first = lines[..<index].lastIndex { !$0.hasPrefix("    ") }.map { $0 + 1 } ?? 0
            return lines[first...].prefix { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }.joined(separator: "\n")
        }

        @Test("the commands for a subscriber's token get one", .timeLimit(.minutes(1)))
        func subscriberToken() async throws {
            let commands = try Self.block(with: "/oauth2/bc-authorize", in: "docs/operations.md")
            try await ServerProcess.with { server async throws in
                try await TemporaryFolder.with { folder async throws in
                    let script = commands.replacing("http://127.0.0.1:9091", with: server.address)
                    let shell = try ChildProcess("/bin/bash", ["-euo", "pipefail", "-c", script], in: folder)
                    #expect(try await shell.exitCode(within: .seconds(30)) == 0, "\(shell.errors)")
                    let answer = try JSONValue(parsing: shell.output.utf8)
                    guard case .object(let members) = answer, case .string(let token)? = members.first(where: { $0.name == "access_token" })?.value else {
                        Issue.record("no token: \(shell.output)")
                        return
                    }
                    let client = RawClient(address: server.address, token: "", authorization: "Bearer \(token)")
                    let body = #"{"applicationServer":{"ipv4Address":"198.51.100.7"},"qosProfile":"QOS_L","duration":3600}"#
                    #expect(try await client.create(body).status == 201)
                }
            }
        }
    }
}
