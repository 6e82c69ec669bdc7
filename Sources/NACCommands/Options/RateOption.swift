import QualityOnDemand

/// Data rates as users type them: `100Mbps`, `1.5Gbps`. Texts for people say `100 Mbit/s`.
enum RateOption {
    /// - Returns: bits per second.
    static func read(_ text: String) throws(InvalidValue) -> Int {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = Rate.Unit.allCases.first { $0.rawValue.lowercased() == text.dropFirst(digits.count).trimming(while: \.isWhitespace).lowercased() }
        guard let value = Double(digits), let unit, value > 0, value * Double(unit.bitsPerSecond) < 1e18 else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a rate such as 100Mbps; units are bps, kbps, Mbps, Gbps, Tbps")
        }
        return Int(value * Double(unit.bitsPerSecond))
    }

    /// The rate as a user would type it, in the largest unit that needs no fraction.
    static func text(_ bitsPerSecond: Int) -> String {
        let unit = Rate.Unit.allCases.last { bitsPerSecond % $0.bitsPerSecond == 0 } ?? .bps
        return "\(bitsPerSecond / unit.bitsPerSecond)\(unit.rawValue)"
    }
}
