/// The part of a client's text that a message can repeat, because it is safe and short enough.
public enum Excerpt {
    /// The longest excerpt, in characters.
    public static let limit = 64

    /// The beginning of `text`, without control characters, cut at ``limit``.
    public static func of(_ text: some StringProtocol) -> String {
        var excerpt = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count == limit { return excerpt + "…" }
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
                || (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            excerpt.unicodeScalars.append(isControl ? "\u{fffd}" : scalar)
            count += 1
        }
        return excerpt
    }
}
