import QualityOnDemand

/// Times and durations as people say them.
enum TimeText {
    /// Each unit, with the number of seconds from which the unit is used. Days are used from two days on, so one day
    /// is 24 hours.
    private static let units: [(from: Int, size: Int, name: String)] = [
        (172_800, 86_400, "d"), (3_600, 3_600, "h"), (60, 60, "min"), (0, 1, "s"),
    ]

    /// The distance of a time from `now`, rounded to the nearest: "in 59 min", "3 s ago" or "now".
    static func relative(_ time: Timestamp, to now: Timestamp) -> String {
        let milliseconds = time.milliseconds - now.milliseconds
        let seconds = Int((milliseconds.magnitude + 500) / 1000)
        guard seconds > 0 else { return "now" }
        return milliseconds > 0 ? "in \(rough(seconds))" : "\(rough(seconds)) ago"
    }

    /// The duration in its largest unit; from an hour on, in its two largest units. The smallest unit shown is rounded
    /// to the nearest.
    static func rough(_ seconds: Int) -> String {
        // A duration that rounding makes an hour, or two days, is shown as an hour, or as two days.
        let step = seconds < 60 ? 1 : seconds < 172_800 - 30 ? 60 : 3_600
        let rounded = (seconds + step / 2) / step * step
        return text(parts(rounded).prefix(rounded < 3_600 ? 1 : 2))
    }

    /// The whole duration, to the second. A duration under one second is shown in milliseconds.
    static func exact(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard seconds != 0 || attoseconds == 0 else {
            let milliseconds = Double(attoseconds) / 1e15
            return milliseconds == milliseconds.rounded() ? "\(Int(milliseconds)) ms" : "\(milliseconds) ms"
        }
        return text(parts(Int(seconds))[...])
    }

    /// A clock that counts down: "59:58", "1:00:00".
    static func countdown(_ seconds: Int) -> String {
        let seconds = max(seconds, 0)
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        return hours > 0 ? "\(hours):\(twoDigits(minutes)):\(twoDigits(seconds % 60))" : "\(minutes):\(twoDigits(seconds % 60))"
    }

    /// The parts of a duration, from the largest unit that the duration reaches down to seconds.
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
