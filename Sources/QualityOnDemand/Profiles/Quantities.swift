/// A data rate as a profile states it.
public struct Rate: Hashable, Sendable {
    /// 0 to 1024 of the unit.
    public var value: Int
    public var unit: Unit

    public init(_ value: Int, _ unit: Unit) {
        self.value = value
        self.unit = unit
    }

    public enum Unit: String, CaseIterable, Hashable, Sendable {
        case bps
        case kbps
        case mbps = "Mbps"
        case gbps = "Gbps"
        case tbps = "Tbps"

        /// The number of bits per second in one unit.
        public var bitsPerSecond: Int {
            switch self {
            case .bps: 1
            case .kbps: 1_000
            case .mbps: 1_000_000
            case .gbps: 1_000_000_000
            case .tbps: 1_000_000_000_000
            }
        }
    }

    public var bitsPerSecond: Int { value * unit.bitsPerSecond }
}

/// Rates as users type them: `100Mbps`, `1.5Gbps`. Texts for people say `100 Mbit/s`.
extension Rate {
    /// - Returns: the bits per second of the text.
    public static func bitsPerSecond(of text: String) throws(InvalidValue) -> Int {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        var name = text.dropFirst(digits.count).drop(while: \.isWhitespace)
        while name.last?.isWhitespace == true { name.removeLast() }
        let unit = Unit.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
        guard let value = Double(digits), let unit, value > 0, value * Double(unit.bitsPerSecond) < 1e18 else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a rate such as 100Mbps; units are bps, kbps, Mbps, Gbps, Tbps")
        }
        return Int(value * Double(unit.bitsPerSecond))
    }

    /// The rate as a user would type it, in the largest unit that needs no fraction.
    public static func text(bitsPerSecond: Int) -> String {
        let unit = Unit.allCases.last { bitsPerSecond % $0.bitsPerSecond == 0 } ?? .bps
        return "\(bitsPerSecond / unit.bitsPerSecond)\(unit.rawValue)"
    }
}

/// A length of time as a profile states it.
public struct TimeSpan: Hashable, Sendable {
    /// 1 to 2,147,483,647 of the unit.
    public var value: Int
    public var unit: Unit

    public init(_ value: Int, _ unit: Unit) {
        self.value = value
        self.unit = unit
    }

    public enum Unit: String, CaseIterable, Hashable, Sendable {
        case days = "Days"
        case hours = "Hours"
        case minutes = "Minutes"
        case seconds = "Seconds"
        case milliseconds = "Milliseconds"
        case microseconds = "Microseconds"
        case nanoseconds = "Nanoseconds"

        /// The unit as a duration.
        public var duration: Duration {
            switch self {
            case .days: .seconds(86_400)
            case .hours: .seconds(3_600)
            case .minutes: .seconds(60)
            case .seconds: .seconds(1)
            case .milliseconds: .milliseconds(1)
            case .microseconds: .microseconds(1)
            case .nanoseconds: .nanoseconds(1)
            }
        }
    }

    public var duration: Duration { unit.duration * value }

    /// The full seconds, rounded down.
    public var wholeSeconds: Int { Int(duration.components.seconds) }

    /// The full seconds, rounded up.
    public var wholeSecondsRoundedUp: Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
