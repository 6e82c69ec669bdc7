import QualityOnDemand
import SessionEngine

/// All that is known of devices at a moment: entries, with the addresses that leases give them.
struct DeviceTable: Sendable {
    let subnets: [DeviceSubnet]
    let entries: DeviceEntries
    /// By the entry's place.
    private(set) var addresses: [NetworkAddresses]
    private var ownersOfIPv4: [IPv4Address: Int]
    /// By the device's prefix.
    private var ownersOfIPv6: [IPSubnet: Int]
    /// The lengths of those prefixes.
    private var prefixLengths: Set<Int>
    /// All leases by the device's address or prefix that they give an address of.
    private var leases: [IPSubnet: [Lease]] = [:]
    /// When the first of the leases that are used ends; by then this is out of date.
    private(set) var expiresAt: Timestamp?

    /// - Parameter leases: those that are over do not count. Of several for one device and IP version the newest does, of several
    ///   for one address too. An address that an entry names is never another one's.
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

    /// The device's address or prefix that a lease gives an address of.
    private func prefix(of lease: Lease) -> IPSubnet {
        switch lease.address {
        case .ipv4(let address): .containing(address, prefixLength: 32)
        case .ipv6(let address): subnets.prefix(of: address) ?? .containing(address, prefixLength: 128)
        }
    }

    /// The interface's own leases go before those that only bear the name, and newer ones before older ones; among equals the
    /// address decides, so that it is always the same.
    private static func goes(_ a: (lease: Lease, byHardware: Bool), before b: (lease: Lease, byHardware: Bool)) -> Bool {
        if a.byHardware != b.byHardware { return a.byHardware }
        if a.lease.isNewer(than: b.lease) { return true }
        return !b.lease.isNewer(than: a.lease) && "\(a.lease.address)" < "\(b.lease.address)"
    }

    private func entry(of lease: Lease) -> (index: Int, byHardware: Bool)? {
        if let index = lease.hardwareAddress.flatMap({ entries.byHardwareAddress[$0] }) { return (index, true) }
        return lease.hostname.flatMap { entries.byHostname[Lease.comparable($0)] }.map { ($0, false) }
    }

    /// Whether the address is of IPv6; `nil` where the entry names its own, or the address is one that an entry names.
    private func free(_ lease: Lease, for index: Int) -> Bool? {
        switch lease.address {
        case .ipv4(let address): entries.all[index].ipv4Address == nil && entries.byIPv4[address] == nil ? false : nil
        // The owners are still those of entries only.
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

    /// The device that has an address: an entry's, or one that stands for itself.
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

    /// The entry whose prefix an address is in. No prefix of an entry is in that of another.
    private func owner(of address: IPv6Address) -> Int? {
        for length in prefixLengths {
            if let index = ownersOfIPv6[.containing(address, prefixLength: length)] { return index }
        }
        return nil
    }

    /// Whether addresses are no entry's.
    func standsForItself(_ addresses: NetworkAddresses) -> Bool {
        addresses.ipv4.map { ownersOfIPv4[$0] == nil } ?? true && addresses.ipv6.map { owner(of: $0) == nil } ?? true
    }

    /// Whether leases give both to one hardware address.
    func shareHardwareAddress(_ address: IPv4Address, _ prefix: IPSubnet, at now: Timestamp) -> Bool {
        let holders = [.containing(address, prefixLength: 32), prefix].map { place in
            Set((leases[place] ?? []).filter { $0.isValid(at: now) }.compactMap(\.hardwareAddress))
        }
        // Several holders at once are a file that contradicts itself.
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

    /// The addresses that a device has. Where a lease may be on its way, or nothing is known of the device any more, those
    /// before stay unless somebody else has them now.
    func addresses(of key: DeviceKey, formerly former: NetworkAddresses) -> NetworkAddresses {
        guard let index = entries.entry(key) else {
            // An address that stands for itself stays what was asked for, whoever has it.
            return DeviceEntries.isAddress(key) ? former : NetworkAddresses(ipv4: stillFree(former.ipv4), ipv6Prefix: stillFree(former.ipv6Prefix))
        }
        let now = addresses[index]
        guard entries.all[index].hardwareAddress != nil || entries.all[index].hostname != nil else { return now }
        return NetworkAddresses(ipv4: now.ipv4 ?? stillFree(former.ipv4), ipv6Prefix: now.ipv6Prefix ?? stillFree(former.ipv6Prefix))
    }

    private func stillFree(_ address: IPv4Address?) -> IPv4Address? { address.flatMap { ownersOfIPv4[$0] == nil ? $0 : nil } }
    private func stillFree(_ prefix: IPSubnet?) -> IPSubnet? { prefix.flatMap { ownersOfIPv6[$0] == nil ? $0 : nil } }

    // MARK: Comparing

    /// A device whose addresses are others now.
    struct Change: Hashable, Sendable {
        /// All keys that its entry has or had.
        let keys: [DeviceKey]
        let before: NetworkAddresses?
        let after: NetworkAddresses?
    }

    /// What is other than in an older table.
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
