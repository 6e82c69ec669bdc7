/// A text in a table, and its tone.
struct Cell: Hashable, Sendable {
    /// The text without control characters, because texts from servers are not trusted.
    let text: String
    let tone: Tone

    init(_ text: String, _ tone: Tone = .plain) {
        self.text = TextWidth.printable(text)
        self.tone = tone
    }

    /// The cell of a missing value.
    static let none = Cell("–", .quiet)
}

extension Cell: ExpressibleByStringInterpolation {
    init(stringLiteral text: String) {
        self.init(text)
    }
}

/// The meaning of a text for the reader, such as good or bad. On a page with colours, the tone is a colour.
enum Tone: String, Sendable {
    case plain = ""
    case quiet = "2"
    case good = "32"
    case waiting = "33"
    case bad = "31"

    func apply(to text: String, on page: Page) -> String {
        guard page.hasColours, self != .plain, !text.isEmpty else { return text }
        return "\u{1b}[\(rawValue)m\(text)\u{1b}[0m"
    }
}
