import Foundation
import NetworkAsCode
import Testing

/// Compares the documentation with the code.
@Suite struct ArticleTests {
    private func text(_ path: String) throws -> String {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: package.appending(path: path), encoding: .utf8)
    }

    @Test("The receiver in the article on notifications is the example, word for word")
    func receiver() throws {
        let example = try text("Examples/NotificationReceiver/NotificationReceiver.swift").split(separator: "\n", omittingEmptySubsequences: false)
        let indented = example.map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n")
        #expect(try text("Sources/NetworkAsCode/NetworkAsCode.docc/Notifications.md").contains(indented))
    }

    @Test("The article on failures has a row for each kind, with its code")
    func kinds() throws {
        let rows = try text("Sources/NetworkAsCode/NetworkAsCode.docc/Failures.md").split(separator: "\n").filter { $0.hasPrefix("| ``NetworkAsCodeError/Kind-swift.struct/") }
        let told = rows.map { row in row.split(separator: "|").prefix(2).map { $0.filter { !" `".contains($0) }.split(separator: "/").last.map(String.init) ?? "" } }
        let kinds = NetworkAsCodeError.Kind.allCases.map { [$0.description, $0.code] }
        #expect(told.sorted { $0[0] < $1[0] } == kinds.sorted { $0[0] < $1[0] })
    }
}
