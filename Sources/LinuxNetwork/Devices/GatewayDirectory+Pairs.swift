import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// A request may name a device by an IPv4 and an IPv6 address that have no entry.
extension GatewayDirectory {
    typealias Found = (key: DeviceKey, addresses: NetworkAddresses)

    /// Adds the address of the other IP version if both are known to belong to one device: leases or neighbours show
    /// the same hardware address. The device's key is then that of the IPv4 address.
    func paired(_ found: Found, _ device: Device) async -> Found {
        let (table, now) = (self.table, clock.now)
        guard table.standsForItself(found.addresses) else { return found }
        if let prefix = found.addresses.ipv6Prefix {
            guard let address = pairs.withLockedValue({ $0.address(with: prefix, at: now) }), let other = table.device(at: address) else { return found }
            return table.standsForItself(other.addresses) ? Self.both(address, prefix) : found
        }
        guard let address = found.addresses.ipv4, let named = device.ipv6Address?.address, let other = table.device(at: named),
            table.standsForItself(other.addresses), let prefix = other.addresses.ipv6Prefix
        else { return found }
        let (known, isAlone) = pairs.withLockedValue { ($0.address(with: prefix, at: now), $0.isAlone(prefix, at: now)) }
        guard !isAlone, known == nil || known == address else { return found }
        var isSame = known == address || table.shareHardwareAddress(address, prefix, at: now)
        if !isSame { isSame = await neighbours.areSameDevice(address, prefix) }
        guard isSame else { return found }
        let pair = Self.both(address, prefix)
        pairs.withLockedValue { $0.note(pair.key, pair.addresses, at: now) }
        return pair
    }

    private static func both(_ address: IPv4Address, _ prefix: IPSubnet) -> Found {
        (DeviceKey(address.description), NetworkAddresses(ipv4: address, ipv6Prefix: prefix))
    }
}
