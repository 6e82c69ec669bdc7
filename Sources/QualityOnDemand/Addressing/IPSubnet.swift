/// An IPv4 or IPv6 subnet; a single address is a subnet of its full length.
///
/// Two subnets either contain one another or have nothing in common. Therefore overlaps are cheap to find.
public enum IPSubnet: Hashable, Sendable {
    case ipv4(IPv4Address, prefixLength: Int)
    case ipv6(IPv6Address, prefixLength: Int)

    /// The subnet of `prefixLength` bits that contains `address`. The bits after the prefix are cleared.
    public static func containing(_ address: IPv4Address, prefixLength: Int) -> IPSubnet {
        let mask: UInt32 = prefixLength == 0 ? 0 : .max << UInt32(32 - prefixLength)
        return .ipv4(IPv4Address(rawValue: address.rawValue & mask), prefixLength: prefixLength)
    }

    /// The subnet of `prefixLength` bits that contains `address`. The bits after the prefix are cleared.
    public static func containing(_ address: IPv6Address, prefixLength: Int) -> IPSubnet {
        .ipv6(address.masked(to: prefixLength), prefixLength: prefixLength)
    }

    /// Whether the subnet is only one address.
    public var isSingleAddress: Bool {
        switch self {
        case .ipv4(_, let length): length == 32
        case .ipv6(_, let length): length == 128
        }
    }

    /// The IP version.
    public var family: IPFamily {
        switch self {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        }
    }

    /// Whether some address is in both subnets.
    public func overlaps(_ other: IPSubnet) -> Bool {
        switch (self, other) {
        case (.ipv4(_, let a), .ipv4(_, let b)): truncated(to: min(a, b)) == other.truncated(to: min(a, b))
        case (.ipv6(_, let a), .ipv6(_, let b)): truncated(to: min(a, b)) == other.truncated(to: min(a, b))
        default: false
        }
    }

    private func truncated(to length: Int) -> IPSubnet {
        switch self {
        case .ipv4(let address, _): .containing(address, prefixLength: length)
        case .ipv6(let address, _): .containing(address, prefixLength: length)
        }
    }
}

/// The version of the Internet Protocol.
public enum IPFamily: Int, Hashable, Sendable {
    case ipv4 = 4
    case ipv6 = 6
}

extension IPSubnet: CustomStringConvertible {
    /// Address and prefix length; a single address stands alone.
    public var description: String {
        switch self {
        case .ipv4(let address, let length): length == 32 ? "\(address)" : "\(address)/\(length)"
        case .ipv6(let address, let length): length == 128 ? "\(address)" : "\(address)/\(length)"
        }
    }
}

extension IPSubnet {
    /// Reads `address` or `address/length` of IPv4. Numbers with leading zeros are decimal, as the
    /// API's pattern allows them.
    public init(ipv4 text: String) throws(InvalidValue) {
        let (address, length) = try Self.split(text, maximum: 32)
        guard text.utf8.count <= 18, let value = IPv4Address.parse(address.utf8, leadingZeros: true) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not an IPv4 address or subnet such as 198.51.100.7 or 198.51.100.0/24")
        }
        self = .containing(IPv4Address(rawValue: value), prefixLength: length)
    }

    /// Reads `address` or `address/length` of IPv6.
    public init(ipv6 text: String) throws(InvalidValue) {
        let (address, length) = try Self.split(text, maximum: 128)
        guard text.utf8.count <= 49, let value = IPv6Address.parse(Array(address.utf8)) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not an IPv6 address or subnet such as 2001:db8::7 or 2001:db8::/64")
        }
        self = .containing(value, prefixLength: length)
    }

    private static func split(_ text: String, maximum: Int) throws(InvalidValue) -> (Substring, Int) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return (text[...], maximum) }
        let digits = text[text.utf8.index(after: slash)...]
        let isPlain = (1...3).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        // The API's patterns allow no leading zeros here: nobody writes a length such as "/01" on purpose.
        guard isPlain, let length = Int(digits), length <= maximum, String(length) == digits else {
            throw InvalidValue("\"\(Excerpt.of(text))\" has a prefix length that is not in 0...\(maximum)")
        }
        return (text[..<slash], length)
    }
}
