import QualityOnDemand
import Southbound

/// The IPv4 addresses and IPv6 prefixes without an entry that were found to be one device, and the prefixes that have
/// sessions of their own.
///
/// A device must not have two keys at once, or sessions under one would not conflict with sessions under the other.
/// The engine asks for the addresses of every session at each comparison. So a pair is remembered as long as it has
/// sessions, and is known again soon after a restart.
struct AddressPairs: Sendable {
    private var addresses: [IPSubnet: (address: IPv4Address, until: Timestamp)] = [:]
    private var alone: [IPSubnet: Timestamp] = [:]
    /// For how many seconds a pair or prefix is remembered: several comparisons.
    private static let memory = 900
    /// How many pairs, and how many prefixes, are remembered.
    private static let most = 100_000

    /// - Parameter key: of an address or prefix without an entry; another key is ignored.
    mutating func note(_ key: DeviceKey, _ found: NetworkAddresses, at now: Timestamp) {
        guard let prefix = found.ipv6Prefix else { return }
        if let address = found.ipv4 {
            guard key.description == address.description else { return }
            forgetSome(at: now)
            addresses[prefix] = (address, now.adding(seconds: Self.memory))
        } else if key.description == prefix.description {
            forgetSome(at: now)
            alone[prefix] = now.adding(seconds: Self.memory)
        }
    }

    /// The IPv4 address of the device that has a prefix.
    func address(with prefix: IPSubnet, at now: Timestamp) -> IPv4Address? {
        addresses[prefix].flatMap { now < $0.until ? $0.address : nil }
    }

    /// Whether sessions of a prefix are under its own key.
    func isAlone(_ prefix: IPSubnet, at now: Timestamp) -> Bool {
        alone[prefix].map { now < $0 } ?? false
    }

    private mutating func forgetSome(at now: Timestamp) {
        if addresses.count >= Self.most {
            addresses = addresses.filter { now < $0.value.until }
            if addresses.count >= Self.most { addresses = [:] }
        }
        if alone.count >= Self.most {
            alone = alone.filter { now < $0.value }
            if alone.count >= Self.most { alone = [:] }
        }
    }
}
