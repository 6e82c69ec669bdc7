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
