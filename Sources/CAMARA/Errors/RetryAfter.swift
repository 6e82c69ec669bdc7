package import QualityOnDemand

/// Reads the header `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date in any of the three forms of HTTP.
package enum RetryAfter {
    /// The longest wait. A longer one is shortened to it, so that arithmetic cannot overflow.
    static let longest = Duration.seconds(366 * 86_400)

    /// The time to wait from `now`: zero if the moment has passed, `nil` if the text is neither seconds nor a date.
    package static func parse(_ text: String, now: Timestamp) -> Duration? {
        let text = text.trimmed
        guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let seconds = Int64(text).map { min($0, longest.components.seconds) } ?? longest.components.seconds
            return .seconds(seconds)
        }
        guard let date = date(text, now: now) else { return nil }
        return min(max(date.since(now), .zero), longest)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    private static func date(_ text: String, now: Timestamp) -> Timestamp? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        let fields: (day: String, month: String, year: String, time: String)
        if parts.count == 6, parts[5] == "GMT" {
            fields = (parts[1], parts[2], parts[3], parts[4])
        } else if parts.count == 5 {
            fields = (parts[2], parts[1], parts[4], parts[3])
        } else {
            return nil
        }
        guard let month = months.firstIndex(of: fields.month), let day = Int(fields.day), let year = fullYear(fields.year, now: now)
        else { return nil }
        return try? Timestamp(rfc3339: "\(year)-\(twoDigits(month + 1))-\(twoDigits(day))T\(fields.time)Z")
    }

    /// Completes a year of two digits: the result is at most 50 years ahead.
    private static func fullYear(_ text: String, now: Timestamp) -> String? {
        guard text.utf8.count == 2, let short = Int(text), let thisYear = Int(now.description.prefix(4)) else {
            return text.utf8.count == 4 ? text : nil
        }
        let inThisCentury = thisYear / 100 * 100 + short
        return String(inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury)
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

extension StringProtocol {
    /// The text without spaces and tabs at either end.
    package var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(self[first...last])
    }
}
