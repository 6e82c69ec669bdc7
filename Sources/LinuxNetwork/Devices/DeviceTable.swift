import QualityOnDemand
import Southbound

/// All that is known of devices at a moment: entries, with the addresses that leases give them.
struct DeviceTable: Sendable {
    let subnets: [DeviceSubnet]
    let entries: DeviceEntries
    /// By the entry's place.
    private(set) var addresses: [NetworkAddresses]
    private var ownersOfIPv4: [IPv4Address: Int]
    /// By the device's prefix.
    private var ownersOfIPv6: [IPSubnet: Int]
    /// The lengths of the prefixes in `ownersOfIPv6`.
    private var prefixLengths: Set<Int>
    /// All leases, by the device's address or prefix that contains the leased address.
    private var leases: [IPSubnet: [Lease]] = [:]
    /// When the first of the used leases expires; the table is out of date by then.
    private(set) var expiresAt: Timestamp?

    /// - Parameter leases: expired leases do not count. Of several for one device and IP version, only the newest
    ///   counts; the same holds for one address. An address that an entry names never belongs to another device.
    init(subnets: [DeviceSubnet] = [], entries: DeviceEntries = .none, leases: [Lease] = [], at now: Timestamp = Timestamp(milliseconds: 0)) {
        self.subnets = subnets
        self.entries = entries
        addresses = entries.all.map { NetworkAddresses(ipv4: $0.ipv4Address, ipv6Prefix: $0.ipv6Prefix) }
        (ownersOfIPv4, ownersOfIPv6) = (entries.byIPv4, entries.byIPv6)
        prefixLengths = Set(entries.byIPv6.keys.map(\.prefixLength))
        if !subnets.isEmpty { self.leases = Dictionary(grouping: leases.filter { $0.hardwareAddress != nil && $0.isValid(at: now) }) { prefix(of: $0) } }
        guard !entries.byHardwareAddress.isEmpty || !entries.byHostname.isEmpty else { return }
        for (index, isIPv6, lease) in chosen(leases, at: now) { use(lease, isIPv6, for: index) }
    }

    private struct Claim: Hashable {
        let entry: Int
        let isIPv6: Bool
    }

    private func chosen(_ leases: [Lease], at now: Timestamp) -> [(Int, Bool, Lease)] {
        var newest: [IPSubnet: Lease] = [:]
        for lease in leases where lease.isValid(at: now) {
            if let other = newest[prefix(of: lease)], !lease.isNewer(than: other) { continue }
            newest[prefix(of: lease)] = lease
        }
        var claims: [Claim: (lease: Lease, byHardware: Bool)] = [:]
        for lease in newest.values {
            guard let (index, byHardware) = entry(of: lease), let isIPv6 = free(lease, for: index) else { continue }
            let claim = Claim(entry: index, isIPv6: isIPv6)
            if let other = claims[claim], !Self.goes((lease, byHardware), before: other) { continue }
            claims[claim] = (lease, byHardware)
        }
        return claims.map { ($0.key.entry, $0.key.isIPv6, $0.value.lease) }
    }

    /// The device's address or prefix that contains a lease's address.
    private func prefix(of lease: Lease) -> IPSubnet {
        switch lease.address {
        case .ipv4(let address): .containing(address, prefixLength: 32)
        case .ipv6(let address): subnets.prefix(of: address) ?? .containing(address, prefixLength: 128)
        }
    }

    /// Leases of the hardware address go before leases that only have the name, and newer ones before older ones.
    /// Among equal leases the address decides, so that the result is always the same.
    private static func goes(_ a: (lease: Lease, byHardware: Bool), before b: (lease: Lease, byHardware: Bool)) -> Bool {
        if a.byHardware != b.byHardware { return a.byHardware }
        if a.lease.isNewer(than: b.lease) { return true }
        return !b.lease.isNewer(than: a.lease) && "\(a.lease.address)" < "\(b.lease.address)"
    }

    private func entry(of lease: Lease) -> (index: Int, byHardware: Bool)? {
        if let index = lease.hardwareAddress.flatMap({ entries.byHardwareAddress[$0] }) { return (index, true) }
        return lease.hostname.flatMap { entries.byHostname[Lease.comparable($0)] }.map { ($0, false) }
    }

    /// Whether the address is of IPv6; `nil` if the entry names an address of that version, or another entry names
    /// this one.
    private func free(_ lease: Lease, for index: Int) -> Bool? {
        switch lease.address {
        case .ipv4(let address): entries.all[index].ipv4Address == nil && entries.byIPv4[address] == nil ? false : nil
        // At this moment the owners are entries with an address of their own only.
        case .ipv6(let address): entries.all[index].ipv6Address == nil && owner(of: address) == nil ? true : nil
        }
    }

    private mutating func use(_ lease: Lease, _ isIPv6: Bool, for index: Int) {
        switch lease.address {
        case .ipv4(let address):
            addresses[index] = NetworkAddresses(ipv4: address, ipv6Prefix: addresses[index].ipv6Prefix)
            ownersOfIPv4[address] = index
        case .ipv6:
            let prefix = prefix(of: lease)
            addresses[index] = NetworkAddresses(ipv4: addresses[index].ipv4, ipv6Prefix: prefix)
            ownersOfIPv6[prefix] = index
            prefixLengths.insert(prefix.prefixLength)
        }
        if let end = lease.expiresAt { expiresAt = min(expiresAt ?? end, end) }
    }

    // MARK: Asking

    /// The device that has an address: an entry, or the address itself if a subnet contains it.
    func device(at address: IPv4Address) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        if let index = ownersOfIPv4[address] { return device(index) }
        guard subnets.contains(where: { $0.subnet.overlaps(.containing(address, prefixLength: 32)) }) else { return nil }
        return (DeviceKey(address.description), NetworkAddresses(ipv4: address, ipv6: nil))
    }

    func device(at address: IPv6Address) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        if let index = owner(of: address) { return device(index) }
        guard let prefix = subnets.prefix(of: address) else { return nil }
        return (DeviceKey(prefix.description), NetworkAddresses(ipv4: nil, ipv6Prefix: prefix))
    }

    /// The entry whose prefix contains an address. No entry's prefix contains another's.
    private func owner(of address: IPv6Address) -> Int? {
        for length in prefixLengths {
            if let index = ownersOfIPv6[.containing(address, prefixLength: length)] { return index }
        }
        return nil
    }

    /// Whether the addresses belong to no entry.
    func standsForItself(_ addresses: NetworkAddresses) -> Bool {
        addresses.ipv4.map { ownersOfIPv4[$0] == nil } ?? true && addresses.ipv6.map { owner(of: $0) == nil } ?? true
    }

    /// Whether leases give the address and the prefix to one hardware address.
    func shareHardwareAddress(_ address: IPv4Address, _ prefix: IPSubnet, at now: Timestamp) -> Bool {
        let holders = [.containing(address, prefixLength: 32), prefix].map { place in
            Set((leases[place] ?? []).filter { $0.isValid(at: now) }.compactMap(\.hardwareAddress))
        }
        // A file with several holders at once contradicts itself.
        return holders[0].count == 1 && holders[0] == holders[1]
    }

    func device(_ phoneNumber: PhoneNumber) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        entries.byPhoneNumber[phoneNumber.description].map(device)
    }

    func device(_ name: NetworkAccessIdentifier) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        entries.byAccessIdentifier[name.comparable].map(device)
    }

    private func device(_ index: Int) -> (key: DeviceKey, addresses: NetworkAddresses) {
        (entries.key(index), addresses[index])
    }

    /// The addresses that a device has. If its lease may still come, or the device is unknown now, it keeps its
    /// former addresses that no other device has now.
    func addresses(of key: DeviceKey, formerly former: NetworkAddresses) -> NetworkAddresses {
        guard let index = entries.entry(key) else {
            // The key of an address without an entry always means this address, even if another device has it now.
            return DeviceEntries.isAddress(key) ? former : NetworkAddresses(ipv4: stillFree(former.ipv4), ipv6Prefix: stillFree(former.ipv6Prefix))
        }
        let now = addresses[index]
        guard entries.all[index].hardwareAddress != nil || entries.all[index].hostname != nil else { return now }
        return NetworkAddresses(ipv4: now.ipv4 ?? stillFree(former.ipv4), ipv6Prefix: now.ipv6Prefix ?? stillFree(former.ipv6Prefix))
    }

    private func stillFree(_ address: IPv4Address?) -> IPv4Address? { address.flatMap { ownersOfIPv4[$0] == nil ? $0 : nil } }
    private func stillFree(_ prefix: IPSubnet?) -> IPSubnet? { prefix.flatMap { ownersOfIPv6[$0] == nil ? $0 : nil } }

    // MARK: Comparing

    /// A device whose addresses changed.
    struct Change: Hashable, Sendable {
        /// All keys that its entry has or had.
        let keys: [DeviceKey]
        let before: NetworkAddresses?
        let after: NetworkAddresses?
    }

    /// The changes since an older table.
    func changes(since older: DeviceTable) -> [Change] {
        let (before, after) = (older.byKey, byKey)
        return Set(before.keys).union(after.keys).compactMap { key in
            let (old, new) = (before[key], after[key])
            guard old?.addresses != new?.addresses else { return nil }
            return Change(
                keys: (new ?? old).map { DeviceEntries.keys($0.entry) } ?? [], before: old?.addresses, after: new?.addresses)
        }
    }

    private var byKey: [DeviceKey: (entry: DeviceEntry, addresses: NetworkAddresses)] {
        Dictionary(
            zip(entries.all, addresses).map { (DeviceEntries.keys($0)[0], ($0, $1)) }, uniquingKeysWith: { first, _ in first })
    }
}
