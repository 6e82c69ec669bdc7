import QualityOnDemand

/// A rate of data.
public struct DataRate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Bits per second.
    public var bitsPerSecond: Int

    /// Creates a rate.
    public init(bitsPerSecond: Int) {
        self.bitsPerSecond = bitsPerSecond
    }

    init(_ rate: QualityOnDemand.Rate) {
        self.init(bitsPerSecond: rate.bitsPerSecond)
    }

    /// Whether `a` is the slower rate.
    public static func < (a: DataRate, b: DataRate) -> Bool {
        a.bitsPerSecond < b.bitsPerSecond
    }

    /// The rate in the largest unit that gives a whole number: `20 Mbit/s`.
    public var description: String {
        let units = [("Tbit/s", 1_000_000_000_000), ("Gbit/s", 1_000_000_000), ("Mbit/s", 1_000_000), ("kbit/s", 1_000)]
        for (unit, size) in units where bitsPerSecond >= size && bitsPerSecond.isMultiple(of: size) {
            return "\(bitsPerSecond / size) \(unit)"
        }
        return "\(bitsPerSecond) bit/s"
    }
}
