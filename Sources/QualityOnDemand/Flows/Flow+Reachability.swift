/// Whether forwarded packets can reach the service of a flow. Sessions in a store were checked at their creation.
extension Flow {
    /// Checks that each address of the service can be an address of forwarded packets.
    ///
    /// - Parameter device: The device as the request names it. The device's own address is not a service.
    /// - Throws: ``InvalidValue`` at `applicationServer`, with the address and the correction.
    public func checkReachability(from device: Device?) throws(InvalidValue) {
        let own = [
            device?.ipv4Address?.privateAddress.map { IPSubnet.containing($0, prefixLength: 32) },
            device?.ipv6Address.map { IPSubnet.containing($0.address, prefixLength: 128) },
        ]
        for (index, address) in applicationServer.addresses.enumerated() {
            let reason = address.subnet.isSingleAddress && own.contains(address.subnet) ? "is the device itself" : address.subnet.unreachability
            guard let reason else { continue }
            let error = InvalidValue("\"\(Excerpt.of(address.description))\" \(reason)")
            switch applicationServer.form {
            case .list: throw error.at(index: index).at("ipAddresses").at("applicationServer")
            case .subnets: throw error.at(address.subnet.family == .ipv4 ? "ipv4Address" : "ipv6Address").at("applicationServer")
            }
        }
    }
}

extension IPSubnet {
    /// Why no forwarded packet can go to this subnet; `nil` if one can.
    fileprivate var unreachability: String? {
        switch self {
        case .ipv4(let address, 32) where address.rawValue == 0: "is not a host's address; every IPv4 service is 0.0.0.0/0"
        case .ipv4(let address, 32) where address.rawValue == .max: "is a broadcast address; the address of a host is needed"
        case .ipv4(let address, let length) where length >= 8 && address.rawValue >> 24 == 0: "is not a host's address; every IPv4 service is 0.0.0.0/0"
        case .ipv4(let address, let length) where length >= 8 && address.rawValue >> 24 == 127:
            "is a loopback address, which no packet between hosts has; the address of a host is needed"
        case .ipv6(let address, 128) where address.high == 0 && address.low == 1:
            "is a loopback address, which no packet between hosts has; the address of a host is needed"
        case .ipv6(let address, let length) where length >= 10 && address.high >> 54 == 0x3fa:
            "is a link-local address, which no gateway forwards; another address of the host is needed"
        // The documentation's addresses for multicast (RFC 6676) stand for hosts in the API's examples.
        case .ipv4(let address, let length) where length >= 4 && address.rawValue >> 28 == 0xe && address.rawValue >> 8 != 0xe9_fc00:
            "is a multicast address; the address of a host is needed"
        case .ipv6(let address, 128) where address.high == 0 && address.low == 0: "is not a host's address; every IPv6 service is ::/0"
        case .ipv6(let address, let length) where length >= 8 && address.high >> 56 == 0xff: "is a multicast address; the address of a host is needed"
        case .ipv6(let address, let length) where length >= 96 && address.high == 0 && address.low >> 32 == 0xffff:
            "is an IPv4 address in the form of IPv6; write it as \(IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.low)))"
        default: nil
        }
    }
}
