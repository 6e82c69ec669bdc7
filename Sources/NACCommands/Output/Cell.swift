/// A text in a table, and how it is to be taken.
struct Cell: Hashable, Sendable {
    /// Fit for a terminal: what servers say is not trusted with control characters.
    let text: String
    let tone: Tone

    init(_ text: String, _ tone: Tone = .plain) {
        self.text = TextWidth.printable(text)
        self.tone = tone
    }

    /// Where there is nothing to say.
    static let none = Cell("–", .quiet)
}

extension Cell: ExpressibleByStringInterpolation {
    init(stringLiteral text: String) {
        self.init(text)
    }
}

/// How a text is to be taken; a colour where there are colours.
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
