import ArgumentParser
import CAMARA
import NetworkAsCode
import QualityOnDemand

/// The form of an answer: a table for people, JSON for programs.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case table
    case json
}

/// The answer of a command, in both forms.
protocol Answer {
    /// The text for people: lines without the last line break. The text is empty if there is nothing to show.
    func text(on page: Page) -> String
    /// Writes the document for programs: one value, in the shape and with the names of the API.
    func write(to json: inout JSONWriter)
    /// A note for people, on standard error. If there is nothing to show, the note says so.
    var note: String? { get }
    /// A warning for people and programs, on standard error.
    var warning: String? { get }
}

extension Answer {
    var note: String? { nil }
    var warning: String? { nil }
}

/// The page that shows a text for people.
struct Page: Sendable {
    /// The present time. Texts give other times relative to it.
    var now: Timestamp
    /// The number of columns; `nil` means no limit.
    var width: Int?
    var hasColours = false
}

/// Writes the answers of commands to standard output. All answers take this way.
struct Output {
    let format: OutputFormat
    let surroundings: Surroundings

    func show(_ answer: some Answer) throws(WriteError) {
        switch format {
        case .table:
            let text = answer.text(on: page)
            if !text.isEmpty { try surroundings.output.write(text + "\n") }
            if let note = answer.note { try surroundings.errors.write(TextWidth.printable(note) + "\n") }
        case .json:
            let document = JSONWriter.document { answer.write(to: &$0) }
            try surroundings.output.write(String(decoding: document, as: UTF8.self) + "\n")
        }
        if let warning = answer.warning { try warn(warning) }
    }

    /// Writes a warning beside the answer, on standard error.
    func warn(_ text: String) throws(WriteError) {
        guard format == .json else { return try surroundings.errors.write("nac: \(TextWidth.printable(text))\n") }
        let document = JSONWriter.document { json in json.object { $0.write("warning", text) } }
        try surroundings.errors.write(String(decoding: document, as: UTF8.self) + "\n")
    }

    private var page: Page {
        let output = surroundings.output
        return Page(now: surroundings.time.wallTime(), width: output.isTerminal ? output.width() : nil, hasColours: surroundings.hasColours)
    }
}
