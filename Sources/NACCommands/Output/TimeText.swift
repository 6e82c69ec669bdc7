import QualityOnDemand

/// Times and durations as people say them.
enum TimeText {
    /// From how many seconds on which unit is used: a day is 24 hours until there are two.
    private static let units: [(from: Int, size: Int, name: String)] = [
        (172_800, 86_400, "d"), (3_600, 3_600, "h"), (60, 60, "min"), (0, 1, "s"),
    ]

    /// "in 59 min", "3 s ago" or "now"; rounded to the nearest.
    static func relative(_ time: Timestamp, to now: Timestamp) -> String {
        let milliseconds = time.milliseconds - now.milliseconds
        let seconds = Int((milliseconds.magnitude + 500) / 1000)
        guard seconds > 0 else { return "now" }
        return milliseconds > 0 ? "in \(rough(seconds))" : "\(rough(seconds)) ago"
    }

    /// The largest unit; from an hour on, the next beside it. Rounded to the nearest of the smallest unit shown.
    static func rough(_ seconds: Int) -> String {
        // What rounding makes an hour, or two days, is told as such.
        let step = seconds < 60 ? 1 : seconds < 172_800 - 30 ? 60 : 3_600
        let rounded = (seconds + step / 2) / step * step
        return text(parts(rounded).prefix(rounded < 3_600 ? 1 : 2))
    }

    /// All of it, to the second.
    static func exact(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard seconds != 0 || attoseconds == 0 else {
            let milliseconds = Double(attoseconds) / 1e15
            return milliseconds == milliseconds.rounded() ? "\(Int(milliseconds)) ms" : "\(milliseconds) ms"
        }
        return text(parts(Int(seconds))[...])
    }

    /// A clock that runs down: "59:58", "1:00:00".
    static func countdown(_ seconds: Int) -> String {
        let seconds = max(seconds, 0)
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(twoDigits(minutes)):\(twoDigits(seconds % 60))" : "\(minutes):\(twoDigits(seconds % 60))"
    }

    /// From the largest unit that there is one of down to the second.
    private static func parts(_ seconds: Int) -> [(count: Int, unit: String)] {
        var (rest, parts) = (seconds, [(count: Int, unit: String)]())
        for unit in units where seconds >= unit.from {
            parts.append((rest / unit.size, unit.name))
            rest %= unit.size
        }
        return parts
    }

    private static func text(_ parts: ArraySlice<(count: Int, unit: String)>) -> String {
        let texts = parts.filter { $0.count > 0 }.map { "\($0.count) \($0.unit)" }
        return texts.isEmpty ? "0 s" : texts.joined(separator: " ")
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
