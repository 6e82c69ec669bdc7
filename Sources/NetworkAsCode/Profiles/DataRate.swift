import QualityOnDemand

/// A rate of data.
public struct DataRate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Bits per second.
    public var bitsPerSecond: Int

    /// So many bits per second.
    public init(bitsPerSecond: Int) {
        self.bitsPerSecond = bitsPerSecond
    }

    init(_ rate: QualityOnDemand.Rate) {
        self.init(bitsPerSecond: rate.bitsPerSecond)
    }

    /// Whether `a` is the slower.
    public static func < (a: DataRate, b: DataRate) -> Bool {
        a.bitsPerSecond < b.bitsPerSecond
    }

    /// In the largest unit of which it is a whole number: `20 Mbit/s`.
    public var description: String {
        let units = [("Tbit/s", 1_000_000_000_000), ("Gbit/s", 1_000_000_000), ("Mbit/s", 1_000_000), ("kbit/s", 1_000)]
        for (unit, size) in units where bitsPerSecond >= size && bitsPerSecond.isMultiple(of: size) {
            return "\(bitsPerSecond / size) \(unit)"
        }
        return "\(bitsPerSecond) bit/s"
    }
}
