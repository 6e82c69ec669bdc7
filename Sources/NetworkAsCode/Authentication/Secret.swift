/// A text that must not be seen: no description, mirror or dump of it, or of what holds it, shows it.
struct Secret: Hashable, Sendable {
    /// The text itself. Whoever reads it sends it, and does nothing else with it.
    let revealed: String

    init(_ text: String) {
        revealed = text
    }

    /// `text` without any of the secrets, in case a server repeats one in a message.
    static func redact(_ text: String, _ secrets: [Secret]) -> String {
        // What is shorter is in any text by chance.
        secrets.filter { $0.revealed.utf8.count >= 4 }.reduce(text) { $0.replacing($1.revealed, with: "[redacted]") }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "[redacted]" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
