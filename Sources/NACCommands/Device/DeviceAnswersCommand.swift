import ArgumentParser
import CAMARA
import NetworkAsCode
import QualityOnDemand

/// `nac device answers`.
struct DeviceAnswersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answers",
        abstract: "List the phone numbers that stand for an answer: each error, slow answers and lost ones.",
        discussion: """
            Only the Developer Sandbox has them. Any request that names such a number gets its answer, so that an application can be tried with \
            every error that a provider may answer:

              nac session create --phone-number +99999996429 --service 233.252.0.2 --profile QOS_L --duration 1h

            +999999968SS is answered after SS seconds, from 01 to 99.
            """)

    @OptionGroup(title: "Common options") var common: CommonOptions

    func run() async throws {
        try await common.show { client in
            let document = try await client.document("GET", "/sandbox/v1/answers")
            do { return try TestAnswers(document) } catch { throw UnreadableAnswer(description: "the answer cannot be read: \(error)") }
        }
    }
}

/// The answer of `nac device answers`.
struct TestAnswers: Answer {
    /// A phone number, and the answer that the number stands for, as the sandbox lists them.
    struct Entry: Hashable, Sendable {
        let phoneNumber: String
        let answer: String
        let status: Int?
        let code: String?
        let seconds: Int?
    }

    let entries: [Entry]

    init(_ value: JSONValue) throws(InvalidValue) {
        guard case .array(let items) = value else { throw InvalidValue("is not an array") }
        var entries: [Entry] = []
        for (index, item) in items.enumerated() {
            guard case .object(let members) = item, case .string(let number)? = members.first(where: { $0.name == "phoneNumber" })?.value,
                case .string(let answer)? = members.first(where: { $0.name == "answer" })?.value
            else { throw InvalidValue("is not an object with phoneNumber and answer").at(index: index) }
            func integer(_ name: String) -> Int? {
                if case .integer(let value)? = members.first(where: { $0.name == name })?.value { value } else { nil }
            }
            let code: String? = if case .string(let text)? = members.first(where: { $0.name == "code" })?.value { text } else { nil }
            entries.append(Entry(phoneNumber: number, answer: answer, status: integer("status"), code: code, seconds: integer("seconds")))
        }
        self.entries = entries
    }

    var note: String? { entries.isEmpty ? "no test numbers" : nil }

    func text(on page: Page) -> String {
        guard !entries.isEmpty else { return "" }
        // The numbers of slow answers differ only in their seconds, so one line shows all of them.
        let slow = entries.filter { $0.answer == "slow" }
        var rows = entries.filter { $0.answer != "slow" }.map { [Cell($0.phoneNumber), Cell(Self.words($0))] }
        if let first = slow.first, let last = slow.last {
            let seconds = "\(first.seconds ?? 0) to \(last.seconds ?? 0) s"
            rows.append([Cell("\(first.phoneNumber) to \(last.phoneNumber.suffix(2))"), Cell("done, and answered after \(seconds)")])
        }
        return Table(columns: [Table.Column("PHONE NUMBER"), .init("ANSWER")], rows: rows).text(on: page)
    }

    func write(to json: inout JSONWriter) {
        json.array(entries) { json, entry in
            json.object { json in
                json.write("phoneNumber", entry.phoneNumber)
                json.write("answer", entry.answer)
                json.write("status", entry.status)
                json.write("code", entry.code)
                json.write("seconds", entry.seconds)
            }
        }
    }

    private static func words(_ entry: Entry) -> String {
        switch entry.answer {
        case "error": "\(entry.status.map { "\($0) " } ?? "")\(entry.code ?? "")"
        case "lostAfterwards": "done, and the connection closed without an answer"
        case "lostBefore": "not done, and the connection closed without an answer"
        default: entry.answer
        }
    }
}
