import ArgumentParser
import CAMARA
import NetworkAsCode
import QualityOnDemand

/// For whom the answer is.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case table
    case json
}

/// What a command has to say, in both forms.
protocol Answer {
    /// For people; lines without the last line break. Empty where there is nothing to show.
    func text(on page: Page) -> String
    /// For programs: one value, in the shape and with the names of the API.
    func write(to json: inout JSONWriter)
    /// What people should know although there is nothing to show; goes to standard error.
    var note: String? { get }
    /// What programs should know too; goes to standard error.
    var warning: String? { get }
}

extension Answer {
    var note: String? { nil }
    var warning: String? { nil }
}

/// What people's answers are written on.
struct Page: Sendable {
    /// Times are told relative to it.
    var now: Timestamp
    /// How many columns there are; `nil` where nobody minds.
    var width: Int?
    var hasColours = false
}

/// The one way in which answers reach standard output.
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

    /// Tells something beside the answer, on standard error.
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
