import QualityOnDemand
import SessionEngine

/// All that is known of devices at a moment: entries, with the addresses that leases give them.
struct DeviceTable: Sendable {
    let subnets: [IPSubnet]
    let entries: DeviceEntries
    /// By the entry's place.
    private(set) var addresses: [NetworkAddresses]
    private var ownersOfIPv4: [IPv4Address: Int]
    private var ownersOfIPv6: [IPv6Address: Int]
    /// When the first of the leases that are used ends; by then this is out of date.
    private(set) var expiresAt: Timestamp?

    /// - Parameter leases: those that are over do not count. Of several for one device and IP version the newest does, of several
    ///   for one address too. An address that an entry names is never another one's.
    init(subnets: [IPSubnet] = [], entries: DeviceEntries = .none, leases: [Lease] = [], at now: Timestamp = Timestamp(milliseconds: 0)) {
        self.subnets = subnets
        self.entries = entries
        addresses = entries.all.map { NetworkAddresses(ipv4: $0.ipv4Address, ipv6: $0.ipv6Address) }
        (ownersOfIPv4, ownersOfIPv6) = (entries.byIPv4, entries.byIPv6)
        guard !entries.byHardwareAddress.isEmpty || !entries.byHostname.isEmpty else { return }
        for (index, isIPv6, lease) in chosen(leases, at: now) { use(lease, isIPv6, for: index) }
    }

    private struct Claim: Hashable {
        let entry: Int
        let isIPv6: Bool
    }

    private func chosen(_ leases: [Lease], at now: Timestamp) -> [(Int, Bool, Lease)] {
        var newest: [Lease.Address: Lease] = [:]
        for lease in leases where lease.isValid(at: now) {
            if let other = newest[lease.address], !lease.isNewer(than: other) { continue }
            newest[lease.address] = lease
        }
        var claims: [Claim: (lease: Lease, byHardware: Bool)] = [:]
        for lease in newest.values {
            guard let (index, byHardware) = entry(of: lease), let isIPv6 = free(lease.address, for: index) else { continue }
            let claim = Claim(entry: index, isIPv6: isIPv6)
            if let other = claims[claim], !Self.goes((lease, byHardware), before: other) { continue }
            claims[claim] = (lease, byHardware)
        }
        return claims.map { ($0.key.entry, $0.key.isIPv6, $0.value.lease) }
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
    private func free(_ address: Lease.Address, for index: Int) -> Bool? {
        switch address {
        case .ipv4(let address): entries.all[index].ipv4Address == nil && entries.byIPv4[address] == nil ? false : nil
        case .ipv6(let address): entries.all[index].ipv6Address == nil && entries.byIPv6[address] == nil ? true : nil
        }
    }

    private mutating func use(_ lease: Lease, _ isIPv6: Bool, for index: Int) {
        switch lease.address {
        case .ipv4(let address):
            addresses[index] = NetworkAddresses(ipv4: address, ipv6: addresses[index].ipv6)
            ownersOfIPv4[address] = index
        case .ipv6(let address):
            addresses[index] = NetworkAddresses(ipv4: addresses[index].ipv4, ipv6: address)
            ownersOfIPv6[address] = index
        }
        if let end = lease.expiresAt { expiresAt = min(expiresAt ?? end, end) }
    }

    // MARK: Asking

    /// The device that has an address: an entry's, or one that stands for itself.
    func device(at address: IPv4Address) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        if let index = ownersOfIPv4[address] { return device(index) }
        guard subnets.contains(where: { $0.overlaps(.containing(address, prefixLength: 32)) }) else { return nil }
        return (DeviceKey(address.description), NetworkAddresses(ipv4: address, ipv6: nil))
    }

    func device(at address: IPv6Address) -> (key: DeviceKey, addresses: NetworkAddresses)? {
        if let index = ownersOfIPv6[address] { return device(index) }
        guard subnets.contains(where: { $0.overlaps(.containing(address, prefixLength: 128)) }) else { return nil }
        return (DeviceKey(address.description), NetworkAddresses(ipv4: nil, ipv6: address))
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
            return DeviceEntries.isAddress(key) ? former : NetworkAddresses(ipv4: stillFree(former.ipv4), ipv6: stillFree(former.ipv6))
        }
        let now = addresses[index]
        guard entries.all[index].hardwareAddress != nil || entries.all[index].hostname != nil else { return now }
        return NetworkAddresses(ipv4: now.ipv4 ?? stillFree(former.ipv4), ipv6: now.ipv6 ?? stillFree(former.ipv6))
    }

    private func stillFree(_ address: IPv4Address?) -> IPv4Address? { address.flatMap { ownersOfIPv4[$0] == nil ? $0 : nil } }
    private func stillFree(_ address: IPv6Address?) -> IPv6Address? { address.flatMap { ownersOfIPv6[$0] == nil ? $0 : nil } }

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
