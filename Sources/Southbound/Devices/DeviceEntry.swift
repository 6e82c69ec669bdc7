public import QualityOnDemand

/// An operator's entry for one device: its identifiers, its addresses, and the names of its DHCP leases.
public struct DeviceEntry: Hashable, Sendable {
    public var phoneNumber: PhoneNumber?
    public var networkAccessIdentifier: NetworkAccessIdentifier?
    /// In the network's own address space. This address has priority over the address of a lease.
    public var ipv4Address: IPv4Address?
    public var ipv6Address: IPv6Address?
    /// How many bits of ``ipv6Address`` are the device's; `nil` if the subnet that the address is in says so, or 128.
    public var ipv6PrefixLength: Int?
    /// Leases of that interface provide the addresses that the entry does not name.
    public var hardwareAddress: HardwareAddress?
    /// If no lease has the hardware address, leases with that host name provide the addresses.
    public var hostname: String?
    /// The place of the entry, for messages: `devices.static[0]`, or a file with its line.
    public var place: String

    public init(
        phoneNumber: PhoneNumber? = nil, networkAccessIdentifier: NetworkAccessIdentifier? = nil, ipv4Address: IPv4Address? = nil,
        ipv6Address: IPv6Address? = nil, ipv6PrefixLength: Int? = nil, hardwareAddress: HardwareAddress? = nil, hostname: String? = nil,
        place: String = ""
    ) {
        self.phoneNumber = phoneNumber
        self.networkAccessIdentifier = networkAccessIdentifier
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
        self.ipv6PrefixLength = ipv6PrefixLength
        self.hardwareAddress = hardwareAddress
        self.hostname = hostname
        self.place = place
    }
}

/// The hardware address of an interface: EUI-48, as Ethernet and Wi-Fi have it.
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    /// The six bytes, as a number.
    public let rawValue: UInt64

    /// Reads six bytes in hexadecimal, one or two digits each, separated by `:` or by `-`.
    ///
    /// - Throws: `InvalidValue` naming the text and the form allowed.
    public init(_ text: some StringProtocol) throws(InvalidValue) {
        guard text.utf8.count <= 17, let value = Self.parse(text.utf8) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a hardware address such as 02:00:5e:10:00:01")
        }
        rawValue = value
    }

    /// - Parameter bytes: the six bytes of the address.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// In lower case with colons.
    public var description: String {
        stride(from: 40, through: 0, by: -8).map { shift in
            let byte = rawValue >> UInt64(shift) & 0xff
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: ":")
    }

    private static func parse(_ text: some Collection<UInt8>) -> UInt64? {
        let separator = text.contains(UInt8(ascii: "-")) ? UInt8(ascii: "-") : UInt8(ascii: ":")
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard (1...2).contains(part.count), part.first != UInt8(ascii: "+"), let byte = UInt8(String(decoding: part, as: UTF8.self), radix: 16)
            else { return nil }
            value = value << 8 | UInt64(byte)
        }
        return value
    }
}
