import QualityOnDemand
import Southbound

/// Entries that do not contradict one another, found by their identifiers and addresses.
struct DeviceEntries: Sendable {
    let all: [DeviceEntry]
    private(set) var byPhoneNumber: [String: Int] = [:]
    private(set) var byAccessIdentifier: [String: Int] = [:]
    private(set) var byHardwareAddress: [HardwareAddress: Int] = [:]
    private(set) var byHostname: [String: Int] = [:]
    private(set) var byIPv4: [IPv4Address: Int] = [:]
    /// By the device's prefix, which may be one address.
    private(set) var byIPv6: [IPSubnet: Int] = [:]

    static let none = DeviceEntries()

    private init() {
        all = []
    }

    /// - Parameters:
    ///   - hasLeases: whether there are leases at all, which an entry may rely on.
    ///   - subnets: give the prefix length of entries without one.
    /// - Throws: ``GatewayDirectoryError`` naming the first entry that is incomplete, or that repeats a name of
    ///   another.
    init(_ entries: [DeviceEntry], hasLeases: Bool, subnets: [DeviceSubnet] = []) throws(GatewayDirectoryError) {
        var resolved = entries
        for index in resolved.indices { try Self.resolvePrefix(of: &resolved[index], subnets) }
        all = resolved
        for (index, entry) in all.enumerated() {
            try Self.check(entry, hasLeases: hasLeases)
            try Self.claim(entry.phoneNumber?.description, "phoneNumber", index, entries, in: &byPhoneNumber)
            try Self.claim(entry.networkAccessIdentifier?.comparable, "networkAccessIdentifier", index, entries, in: &byAccessIdentifier)
            try Self.claim(entry.hardwareAddress, "hardwareAddress", index, entries, in: &byHardwareAddress)
            try Self.claim(entry.hostname.map(Lease.comparable), "hostname", index, entries, in: &byHostname)
            try Self.claim(entry.ipv4Address, "ipv4Address", index, entries, in: &byIPv4)
            try Self.claim(entry.ipv6Prefix, "ipv6Address", index, entries, in: &byIPv6)
        }
        try checkPrefixes(subnets)
    }

    // MARK: Prefixes

    /// How many prefix lengths there may be beside that of single addresses: each length costs a packet one more
    /// look-up.
    static let mostPrefixLengths = 8

    private static func resolvePrefix(of entry: inout DeviceEntry, _ subnets: [DeviceSubnet]) throws(GatewayDirectoryError) {
        guard let address = entry.ipv6Address else { return }
        let subnet = subnets.subnet(of: address)
        let length = entry.ipv6PrefixLength ?? subnet?.prefixLength ?? 128
        if let subnet, length > subnet.prefixLength {
            throw GatewayDirectoryError(
                "\(entry.place).ipv6Address: \(IPSubnet.containing(address, prefixLength: length)) is a part of a device, because devices.subnets makes each "
                    + "/\(subnet.prefixLength) of \(subnet.subnet) one device; leave the length out, or give at most \(subnet.prefixLength)")
        }
        (entry.ipv6Address, entry.ipv6PrefixLength) = (IPSubnet.containing(address, prefixLength: length).ipv6Address, length)
    }

    /// Checks that no device is a part of another, so that the prefix of a packet's address identifies the device.
    private func checkPrefixes(_ subnets: [DeviceSubnet]) throws(GatewayDirectoryError) {
        let lengths = Set(byIPv6.keys.map(\.prefixLength))
        for (prefix, index) in byIPv6 {
            for length in lengths where length < prefix.prefixLength {
                guard let other = byIPv6[prefix.truncated(to: length)] else { continue }
                throw GatewayDirectoryError("\(all[index].place).ipv6Address: \(prefix) is a part of the device of \(all[other].place)")
            }
        }
        let used = lengths.union(subnets.compactMap { $0.subnet.family == .ipv6 ? $0.prefixLength : nil }).subtracting([128])
        guard used.count <= Self.mostPrefixLengths else {
            throw GatewayDirectoryError("devices: have \(used.count) different prefix lengths; at most \(Self.mostPrefixLengths) beside 128 are possible")
        }
    }

    private static func check(_ entry: DeviceEntry, hasLeases: Bool) throws(GatewayDirectoryError) {
        if entry.ipv4Address != nil || entry.ipv6Address != nil { return }
        guard entry.hardwareAddress != nil || entry.hostname != nil else {
            let isNamed = entry.phoneNumber != nil || entry.networkAccessIdentifier != nil
            throw GatewayDirectoryError(
                "\(entry.place): names no \(isNamed ? "" : "identifier and no ")address; ipv4Address or ipv6Address is needed, or "
                    + "hardwareAddress or hostname where a lease gives the address")
        }
        guard hasLeases else {
            throw GatewayDirectoryError("\(entry.place): needs a lease for its address, but devices.leases names no file of leases")
        }
    }

    private static func claim<Name: Hashable>(
        _ name: Name?, _ property: String, _ index: Int, _ entries: [DeviceEntry], in taken: inout [Name: Int]
    ) throws(GatewayDirectoryError) {
        guard let name else { return }
        if let other = taken.updateValue(index, forKey: name) {
            throw GatewayDirectoryError("\(entries[index].place).\(property): \(Excerpt.of("\(name)")) is also that of \(entries[other].place); each device needs its own")
        }
    }

    // MARK: Keys

    /// The key of a device: made of the identifier that is the least likely to change.
    func key(_ index: Int) -> DeviceKey { Self.keys(all[index])[0] }

    /// All keys that an entry has, or had with more or fewer identifiers; the first is its own.
    ///
    /// The key of an entry that has only an address is the key that the address has without an entry.
    static func keys(_ entry: DeviceEntry) -> [DeviceKey] {
        let names: [String?] = [
            entry.phoneNumber.map { "phone:\($0)" }, entry.networkAccessIdentifier.map { "nai:\($0.comparable)" },
            entry.hardwareAddress.map { "mac:\($0)" }, entry.hostname.map { "host:\(Lease.comparable($0))" },
        ]
        let keys = names.compactMap { $0.map { DeviceKey($0) } }
        guard keys.isEmpty else { return keys }
        return [DeviceKey(entry.ipv4Address?.description ?? entry.ipv6Prefix?.description ?? "")]
    }

    /// The entry that a key is or was of.
    func entry(_ key: DeviceKey) -> Int? {
        let text = key.description
        guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else {
            // An entry that has a name now does not own this key: the address belongs to another device then.
            let index = (try? IPv4Address(text)).flatMap { byIPv4[$0] } ?? (try? IPSubnet(ipv6: text)).flatMap { byIPv6[$0] }
            return index.flatMap { self.key($0) == key ? $0 : nil }
        }
        let name = String(text[text.index(after: colon)...])
        switch kind {
        case .phone: return byPhoneNumber[name]
        case .nai: return byAccessIdentifier[name]
        case .mac: return (try? HardwareAddress(name)).flatMap { byHardwareAddress[$0] }
        case .host: return byHostname[name]
        }
    }

    /// Whether a key is made of an address or prefix.
    static func isAddress(_ key: DeviceKey) -> Bool {
        (try? IPv4Address(key.description)) != nil || (try? IPSubnet(ipv6: key.description)) != nil
    }

    private enum Kind: String {
        case phone, nai, mac, host
    }
}

extension NetworkAccessIdentifier {
    /// As it is compared: domains are the same in upper and lower case (RFC 7542, section 2.4).
    var comparable: String { domain.map { "\(localPart)@\($0)" } ?? description }
}

extension DeviceEntry {
    /// The device's IPv6 address or prefix.
    var ipv6Prefix: IPSubnet? { ipv6Address.map { .containing($0, prefixLength: ipv6PrefixLength ?? 128) } }
}

extension IPSubnet {
    /// The first address of an IPv6 subnet; `nil` if the subnet is of IPv4.
    var ipv6Address: IPv6Address? {
        if case .ipv6(let address, _) = self { address } else { nil }
    }
}

extension [DeviceSubnet] {
    /// The smallest subnet that contains an address.
    func subnet(of address: IPv6Address) -> DeviceSubnet? {
        let single = IPSubnet.containing(address, prefixLength: 128)
        return filter { $0.subnet.overlaps(single) }.max { $0.subnet.prefixLength < $1.subnet.prefixLength }
    }

    /// The device that an address belongs to; `nil` if no subnet contains the address.
    func prefix(of address: IPv6Address) -> IPSubnet? {
        subnet(of: address).map { .containing(address, prefixLength: $0.prefixLength) }
    }

    /// Checks that no device of one subnet contains devices of another one.
    func check() throws(GatewayDirectoryError) {
        for outer in self {
            for inner in self where inner.subnet.prefixLength >= outer.subnet.prefixLength && inner.subnet.overlaps(outer.subnet) {
                guard inner.subnet == outer.subnet ? inner.prefixLength != outer.prefixLength : outer.prefixLength < inner.subnet.prefixLength else { continue }
                throw GatewayDirectoryError("devices.subnets: \(inner) and \(outer) contradict each other: a device of one subnet would contain devices of the other")
            }
        }
    }
}
