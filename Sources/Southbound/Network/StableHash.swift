public import QualityOnDemand

/// A hash that is the same in every process, unlike Swift's `Hasher`. Not for secrets, nor against attackers.
public struct StableHash: Sendable {
    public private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

    public init() {}

    /// Mixes a number in, with the multiplication and shifts of SplitMix64.
    public mutating func add(_ number: UInt64) {
        var mixed = (value ^ number) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        value = mixed ^ (mixed >> 31)
    }

    public mutating func add(_ text: String) {
        var word: UInt64 = 0
        var count = 0
        for byte in text.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count.isMultiple(of: 8) {
                add(word)
                word = 0
            }
        }
        add(word)
        add(UInt64(count))
    }

    mutating func add(_ addresses: NetworkAddresses) {
        add(addresses.ipv4.map { UInt64($0.rawValue) + 1 } ?? 0)
        add(addresses.ipv6?.high ?? 0)
        add(addresses.ipv6?.low ?? 0)
        add(addresses.ipv6 == nil ? 0 : UInt64(addresses.ipv6PrefixLength) + 1)
    }

    public mutating func add(_ subnet: IPSubnet) {
        switch subnet {
        case .ipv4(let address, let length):
            add(UInt64(address.rawValue))
            add(UInt64(length))
        case .ipv6(let address, let length):
            add(address.high)
            add(address.low)
            add(UInt64(length) + 256)
        }
    }

    /// Adds the set of the ports: their spelling does not count.
    mutating func add(_ ports: PortsSpec?) {
        guard let ports else { return add(0) }
        for range in PortSet(ports).ranges { add(UInt64(range.first) << 16 | UInt64(range.last) | 1 << 32) }
        add(1)
    }

    mutating func add(_ rate: Rate?) {
        add(UInt64(bitPattern: Int64(rate?.bitsPerSecond ?? -1)))
    }

    mutating func add(_ span: TimeSpan?) {
        add(span.map { UInt64(max($0.duration.components.seconds, 0)) } ?? 0)
        add(span.map { UInt64(bitPattern: $0.duration.components.attoseconds) } ?? 0)
    }
}
