public import QualityOnDemand

/// Random, valid values of the vocabulary. Edge cases come more often than by chance.
extension SeededGenerator {
    /// Any IPv4 address; often one with octets of 0 and 255.
    public mutating func ipv4Address() -> IPv4Address {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let octet: UInt32 = oneIn(4) ? pick([0, 1, 254, 255]) : UInt32(truncatingIfNeeded: next() & 0xff)
            value = value << 8 | octet
        }
        return IPv4Address(rawValue: value)
    }

    /// Any IPv6 address; often one with runs of zero groups.
    public mutating func ipv6Address() -> IPv6Address {
        let zeros = oneIn(4) ? 0 : next()
        var halves: [UInt64] = [0, 0]
        for index in 0..<8 {
            let isZero = zeros >> UInt64(index) & 1 == 1
            let group: UInt64 = isZero ? 0 : oneIn(3) ? next() & 0xf : next() & 0xffff
            halves[index / 4] = halves[index / 4] << 16 | group
        }
        return IPv6Address(high: halves[0], low: halves[1])
    }

    /// A subnet of either family, with any prefix length. The bits after the prefix are 0.
    public mutating func subnet() -> IPSubnet {
        oneIn(2)
            ? .containing(ipv4Address(), prefixLength: int(in: 0...32))
            : .containing(ipv6Address(), prefixLength: int(in: 0...128))
    }

    /// Any time in the years 0000 to 9999.
    public mutating func timestamp() -> Timestamp {
        Timestamp(milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &self))
    }

    /// A time between 2020 and 2040.
    public mutating func recentTimestamp() -> Timestamp {
        Timestamp(milliseconds: Int64.random(in: 1_577_836_800_000...2_208_988_800_000, using: &self))
    }
}
