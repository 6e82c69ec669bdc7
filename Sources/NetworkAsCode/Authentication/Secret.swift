/// A secret text. No description, mirror or dump shows the text, not even one of a value that contains the secret.
struct Secret: Hashable, Sendable {
    /// The text itself. Code that reads the text sends it and does nothing else with it.
    let revealed: String

    init(_ text: String) {
        revealed = text
    }

    /// `text` without any of the secrets, in case a server repeats one in a message.
    static func redact(_ text: String, _ secrets: [Secret]) -> String {
        // A shorter text could be part of any message by chance.
        secrets.filter { $0.revealed.utf8.count >= 4 }.reduce(text) { $0.replacing($1.revealed, with: "[redacted]") }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "[redacted]" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
