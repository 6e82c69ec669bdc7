import NIOCore
public import QualityOnDemand

/// An address of a sink's name.
public enum SinkAddress: Hashable, Sendable {
    case ipv4(IPv4Address)
    case ipv6(IPv6Address)

    /// The address in a URL's host; `nil` if the host is a name.
    init?(literal text: String) {
        if let address = try? IPv4Address(text) {
            self = .ipv4(address)
        } else if let address = try? IPv6Address(text) {
            self = .ipv6(address)
        } else {
            return nil
        }
    }

    /// The part of the world that an address leads to.
    enum Reach: Hashable {
        /// Anywhere on the Internet.
        case global
        /// This machine, this network, or an address that stands for either.
        case inside
        /// An address that cannot receive events, or one that gives out secrets.
        case never
    }

    var reach: Reach {
        switch self {
        case .ipv4(let address): Self.reach(of: address.rawValue)
        case .ipv6(let address): Self.reach(of: address)
        }
    }

    /// Whether the address is this machine itself, as ``SinkPolicy/allowsPrivate`` allows.
    var isLoopback: Bool {
        switch self {
        case .ipv4(let address): address.rawValue >> 24 == 127
        case .ipv6(let address): Self.embedded(in: address).map { $0 >> 24 == 127 } ?? (address.high == 0 && address.low == 1)
        }
    }

    func socketAddress(port: Int) throws -> SocketAddress {
        switch self {
        case .ipv4(let address): try SocketAddress(ipAddress: address.description, port: port)
        case .ipv6(let address): try SocketAddress(ipAddress: address.description, port: port)
        }
    }
}

extension SinkAddress {
    /// The special-purpose addresses of IPv4 (RFC 6890 and IANA's registry).
    private static func reach(of address: UInt32) -> Reach {
        // The clouds' metadata services give credentials to any caller.
        if address == 0xa9fe_a9fe || address == 0x6464_64c8 { return .never }
        for (network, length) in nowhereIPv4 where address >> (32 - length) == network >> (32 - length) { return .never }
        for (network, length) in insideIPv4 where address >> (32 - length) == network >> (32 - length) { return .inside }
        return .global
    }

    private static let nowhereIPv4: [(UInt32, UInt32)] = [
        (0x0000_0000, 8),  // this network, unspecified
        (0xe000_0000, 4),  // multicast
        (0xf000_0000, 4),  // reserved, broadcast
    ]

    private static let insideIPv4: [(UInt32, UInt32)] = [
        (0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16),  // private
        (0x6440_0000, 10),  // shared, behind a carrier's NAT
        (0x7f00_0000, 8),  // loopback
        (0xa9fe_0000, 16),  // link-local
        (0xc000_0000, 24),  // protocol assignments
        (0xc000_0200, 24), (0xc633_6400, 24), (0xcb00_7100, 24),  // documentation
        (0xc058_6300, 24),  // 6to4 relays
        (0xc612_0000, 15),  // benchmarks
    ]

    /// The global addresses of IPv6 are in 2000::/3, except for some parts. An address that contains an IPv4 address
    /// has the reach of the IPv4 address.
    private static func reach(of address: IPv6Address) -> Reach {
        let high = address.high
        if let inner = embedded(in: address) { return reach(of: inner) }
        if high == 0xfd00_0ec2_0000_0000, address.low == 0x254 { return .never }  // a metadata service
        if high == 0, address.low == 0 { return .never }
        if high >> 56 == 0xff { return .never }  // multicast
        guard high >> 61 == 1 else { return .inside }  // loopback, unique-local, link-local, site-local, local NAT64 and the unassigned
        let isSpecial =
            high >> 32 == 0x2001_0db8 || high >> 41 == 0x2001_0000 >> 9  // documentation; Teredo, ORCHID and others
            || high >> 44 == 0x3fff_0  // documentation
        return isSpecial ? .inside : .global
    }

    /// The IPv4 address in a mapped, 6to4 or NAT64 address.
    private static func embedded(in address: IPv6Address) -> UInt32? {
        if address.high == 0, address.low >> 32 == 0xffff { return UInt32(truncatingIfNeeded: address.low) }
        if address.high == 0, address.low >> 48 == 0xffff { return UInt32(truncatingIfNeeded: address.low) }
        if address.high == 0x0064_ff9b_0000_0000, address.low >> 32 == 0 { return UInt32(truncatingIfNeeded: address.low) }
        if address.high >> 48 == 0x2002 { return UInt32(truncatingIfNeeded: address.high >> 16) }
        return nil
    }
}
