/// The addresses of the service that a flow goes to.
public struct ApplicationServer: Hashable, Sendable {
    /// An address or subnet in the spelling of the request. Answers repeat this spelling.
    public struct Address: Hashable, Sendable, CustomStringConvertible {
        public let subnet: IPSubnet
        public let description: String

        public init(subnet: IPSubnet, description: String) {
            self.subnet = subnet
            self.description = description
        }
    }

    /// The two forms that the API allows.
    public enum Form: Int, Hashable, Sendable {
        /// One IPv4 subnet, one IPv6 subnet, or both.
        case subnets = 0
        /// A list of single addresses.
        case list = 1
    }

    /// The most addresses that a list may hold.
    public static let maximumAddresses = 16

    public let form: Form
    /// In the given order; for subnets, the IPv4 subnet comes first.
    public let addresses: [Address]

    /// A service by its IPv4 subnet, its IPv6 subnet, or both. A plain address is a subnet of one address.
    ///
    /// - Throws: ``InvalidValue`` at `ipv4Address` or `ipv6Address`, or if both are missing.
    public init(ipv4Address: String? = nil, ipv6Address: String? = nil) throws(InvalidValue) {
        var addresses: [Address] = []
        if let ipv4Address {
            let subnet = try at("ipv4Address") { () throws(InvalidValue) in try IPSubnet(ipv4: ipv4Address) }
            addresses.append(Address(subnet: subnet, description: ipv4Address))
        }
        if let ipv6Address {
            let subnet = try at("ipv6Address") { () throws(InvalidValue) in try IPSubnet(ipv6: ipv6Address) }
            addresses.append(Address(subnet: subnet, description: ipv6Address))
        }
        guard !addresses.isEmpty else {
            throw InvalidValue("names no service; ipv4Address, ipv6Address or ipAddresses is needed")
        }
        self.form = .subnets
        self.addresses = addresses
    }

    /// A service by a list of single IPv4 and IPv6 addresses.
    ///
    /// - Throws: ``InvalidValue`` if the list is empty or too long; at an index if the text there is not a single
    ///   address, or repeats an earlier address.
    public init(ipAddresses: [String]) throws(InvalidValue) {
        guard (1...Self.maximumAddresses).contains(ipAddresses.count) else {
            throw InvalidValue("has \(ipAddresses.count) addresses; 1 to \(Self.maximumAddresses) are allowed").at("ipAddresses")
        }
        var addresses: [Address] = []
        for (index, text) in ipAddresses.enumerated() {
            let subnet = try at("ipAddresses") { () throws(InvalidValue) in
                try at(index: index) { () throws(InvalidValue) in try Self.singleAddress(text, notIn: addresses) }
            }
            addresses.append(Address(subnet: subnet, description: text))
        }
        self.form = .list
        self.addresses = addresses
    }

    private static func singleAddress(_ text: String, notIn earlier: [Address]) throws(InvalidValue) -> IPSubnet {
        let subnet: IPSubnet
        if let quad = IPv4Address.parse(text.utf8, leadingZeros: false) {
            subnet = .containing(IPv4Address(rawValue: quad), prefixLength: 32)
        } else if let address = IPv6Address.parse(Array(text.utf8)) {
            subnet = .containing(address, prefixLength: 128)
        } else {
            let hint = text.utf8.contains(UInt8(ascii: "/")) ? "; a subnet goes into ipv4Address or ipv6Address" : ""
            throw InvalidValue("\"\(Excerpt.of(text))\" is not a single IPv4 or IPv6 address\(hint)")
        }
        guard !earlier.contains(where: { $0.subnet == subnet }) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" occurs twice in the list; each address is allowed once")
        }
        return subnet
    }

    /// The IPv4 address or subnet of the ``Form/subnets`` form, as given.
    public var ipv4Address: String? { text(of: .ipv4) }

    /// The IPv6 address or subnet of the ``Form/subnets`` form, as given.
    public var ipv6Address: String? { text(of: .ipv6) }

    private func text(of family: IPFamily) -> String? {
        form == .subnets ? addresses.first { $0.subnet.family == family }?.description : nil
    }
}
