public import QualityOnDemand

/// A subnet whose addresses or prefixes are devices, and the size of each device.
public struct DeviceSubnet: Hashable, Sendable, CustomStringConvertible {
    /// The addresses of all devices.
    public let subnet: IPSubnet
    /// How many bits of an address identify one device: all bits of an IPv4 address, all or fewer of an IPv6 address.
    /// For example, a device with a /64 uses any address in it.
    public let prefixLength: Int

    /// How long an IPv6 device's prefix can be.
    public static let prefixLengths = 32...128

    /// Reads `10.45.0.0/16`, `2001:db8:45::/48`, or `2001:db8:45::/48 per /64` if each /64 of the subnet is one
    /// device.
    ///
    /// - Throws: `InvalidValue` naming the text and the allowed forms.
    public init(_ text: some StringProtocol) throws(InvalidValue) {
        let words = String(text).split(separator: " ").map(String.init)
        guard let first = words.first, let subnet = (try? IPSubnet(ipv4: first)) ?? (try? IPSubnet(ipv6: first)),
            words.count == 1 || words.count == 3 && words[1] == "per"
        else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a subnet such as 10.45.0.0/16, 2001:db8:45::/48 or 2001:db8:45::/48 per /64")
        }
        try self.init(subnet, prefixLength: words.count == 3 ? Self.length(words[2], of: subnet) : nil)
    }

    /// - Parameter prefixLength: of one device; `nil` if each address is one device.
    /// - Throws: `InvalidValue` if no device of the subnet can have a prefix of that length.
    public init(_ subnet: IPSubnet, prefixLength: Int? = nil) throws(InvalidValue) {
        self.subnet = subnet
        switch subnet {
        case .ipv4:
            guard prefixLength ?? 32 == 32 else {
                throw InvalidValue("\"\(subnet) per /\(prefixLength ?? 32)\": an IPv4 device has one address; only an IPv6 device can have a prefix")
            }
            self.prefixLength = 32
        case .ipv6(_, let length):
            let own = prefixLength ?? 128
            let allowed = max(length, Self.prefixLengths.lowerBound)...Self.prefixLengths.upperBound
            guard allowed.contains(own) else {
                throw InvalidValue("\"\(subnet) per /\(own)\": a device's prefix length in this subnet is not in \(allowed)")
            }
            self.prefixLength = own
        }
    }

    private static func length(_ text: String, of subnet: IPSubnet) throws(InvalidValue) -> Int {
        let digits = text.dropFirst()
        guard text.hasPrefix("/"), (1...3).contains(digits.utf8.count), let length = Int(digits), String(length) == digits else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not the prefix length of a device, such as /64")
        }
        return length
    }

    public var description: String {
        let isDefault = prefixLength == (subnet.family == .ipv4 ? 32 : 128)
        return isDefault ? "\(subnet)" : "\(subnet) per /\(prefixLength)"
    }
}
