import QualityOnDemand

/// Durations as users type them: `3600`, `90s`, `10m`, `2h`, `1d`, `1h30m`.
enum DurationOption {
    /// The longest duration that the API can express, in seconds.
    private static let longest = 2_147_483_647

    static func read(_ text: String) throws(InvalidValue) -> Duration {
        guard let seconds = seconds(text) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a duration; allowed are seconds such as 3600, and 90s, 10m, 2h, 1d, 1h30m")
        }
        guard (1...longest).contains(seconds) else { throw InvalidValue("\(Excerpt.of(text)) is not in 1 s to \(longest) s") }
        return .seconds(seconds)
    }

    /// The seconds of a duration; `nil` if the text is not a duration. Too long a duration becomes more than
    /// `longest`.
    private static func seconds(_ text: String) -> Int? {
        if let digits = digits(text[...]), digits.rest.isEmpty { return digits.number }
        var (rest, total, last) = (text[...], 0, Int.max)
        repeat {
            guard let (number, tail) = digits(rest), let letter = tail.first, let size = size(of: letter), size < last else { return nil }
            let (product, overflows) = number.multipliedReportingOverflow(by: size)
            total = overflows ? longest + 1 : min(total + min(product, longest + 1), longest + 1)
            (rest, last) = (tail.dropFirst(), size)
        } while !rest.isEmpty
        return total
    }

    private static func digits(_ text: Substring) -> (number: Int, rest: Substring)? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty else { return nil }
        return (Int(digits) ?? longest + 1, text[digits.endIndex...])
    }

    private static func size(of unit: Character) -> Int? {
        switch unit {
        case "d": 86_400
        case "h": 3_600
        case "m": 60
        case "s": 1
        default: nil
        }
    }
}
