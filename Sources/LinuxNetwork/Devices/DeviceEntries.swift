import QualityOnDemand
import SessionEngine

/// Entries that do not contradict one another, found by what names them.
struct DeviceEntries: Sendable {
    let all: [DeviceEntry]
    private(set) var byPhoneNumber: [String: Int] = [:]
    private(set) var byAccessIdentifier: [String: Int] = [:]
    private(set) var byHardwareAddress: [HardwareAddress: Int] = [:]
    private(set) var byHostname: [String: Int] = [:]
    private(set) var byIPv4: [IPv4Address: Int] = [:]
    private(set) var byIPv6: [IPv6Address: Int] = [:]

    static let none = DeviceEntries()

    private init() {
        all = []
    }

    /// - Parameter hasLeases: whether there are leases at all, which an entry may rely on.
    /// - Throws: ``GatewayDirectoryError`` naming the first entry that says too little, or what another one says too.
    init(_ entries: [DeviceEntry], hasLeases: Bool) throws(GatewayDirectoryError) {
        all = entries
        for (index, entry) in entries.enumerated() {
            try Self.check(entry, hasLeases: hasLeases)
            try Self.claim(entry.phoneNumber?.description, "phoneNumber", index, entries, in: &byPhoneNumber)
            try Self.claim(entry.networkAccessIdentifier?.comparable, "networkAccessIdentifier", index, entries, in: &byAccessIdentifier)
            try Self.claim(entry.hardwareAddress, "hardwareAddress", index, entries, in: &byHardwareAddress)
            try Self.claim(entry.hostname.map(Lease.comparable), "hostname", index, entries, in: &byHostname)
            try Self.claim(entry.ipv4Address, "ipv4Address", index, entries, in: &byIPv4)
            try Self.claim(entry.ipv6Address, "ipv6Address", index, entries, in: &byIPv6)
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
            throw GatewayDirectoryError("\(entry.place): gets its address from a lease, and devices.leases names no file of leases")
        }
    }

    private static func claim<Name: Hashable>(
        _ name: Name?, _ property: String, _ index: Int, _ entries: [DeviceEntry], in taken: inout [Name: Int]
    ) throws(GatewayDirectoryError) {
        guard let name else { return }
        if let other = taken.updateValue(index, forKey: name) {
            throw GatewayDirectoryError("\(entries[index].place).\(property): \(Excerpt.of("\(name)")) is that of \(entries[other].place) too")
        }
    }

    // MARK: Keys

    /// The key of a device: by what is the least likely to change of all that names it.
    func key(_ index: Int) -> DeviceKey { Self.keys(all[index])[0] }

    /// All keys that an entry has or had when it said more or less; the first is its own.
    ///
    /// An address alone is the key that the address has where it stands for itself.
    static func keys(_ entry: DeviceEntry) -> [DeviceKey] {
        let names: [String?] = [
            entry.phoneNumber.map { "phone:\($0)" }, entry.networkAccessIdentifier.map { "nai:\($0.comparable)" },
            entry.hardwareAddress.map { "mac:\($0)" }, entry.hostname.map { "host:\(Lease.comparable($0))" },
        ]
        let keys = names.compactMap { $0.map { DeviceKey($0) } }
        guard keys.isEmpty else { return keys }
        return [DeviceKey(entry.ipv4Address?.description ?? entry.ipv6Address?.description ?? "")]
    }

    /// The entry that a key is or was of.
    func entry(_ key: DeviceKey) -> Int? {
        let text = key.description
        guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else {
            // Not an entry that has a name now: then it is another device that has the address.
            let index = (try? IPv4Address(text)).flatMap { byIPv4[$0] } ?? (try? IPv6Address(text)).flatMap { byIPv6[$0] }
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

    /// Whether a key is that of an address that stands for itself.
    static func isAddress(_ key: DeviceKey) -> Bool {
        (try? IPv4Address(key.description)) != nil || (try? IPv6Address(key.description)) != nil
    }

    private enum Kind: String {
        case phone, nai, mac, host
    }
}

extension NetworkAccessIdentifier {
    /// As it is compared: domains are the same in upper and lower case (RFC 7542, section 2.4).
    var comparable: String { domain.map { "\(localPart)@\($0)" } ?? description }
}
