import QualityOnDemand
import Southbound

/// One element of the packet filter's maps: some of the traffic between a device and a service.
struct TrafficMatch: Hashable, Sendable {
    /// A single address, or a prefix that belongs to one device completely.
    let device: IPSubnet
    /// Of the device's family.
    let server: IPSubnet
    /// TCP or UDP ports; `nil` means every packet of any protocol.
    let ports: Ports?
    /// Whether the match covers only the packets that no other match of the device has.
    var isFallback = false

    struct Ports: Hashable, Sendable {
        var server: PortRange
        var device: PortRange
    }

    /// A number for the match that is the same in every process.
    var fingerprint: UInt64 {
        var hash = StableHash()
        hash.add(device)
        hash.add(server)
        if let ports {
            for range in [ports.server, ports.device] { hash.add(UInt64(range.first) << 16 | UInt64(range.last)) }
        }
        hash.add(ports == nil ? 0 : 1)
        hash.add(isFallback ? 1 : 0)
        return hash.value
    }

    /// Whether some packet belongs to both.
    func overlaps(_ other: TrafficMatch) -> Bool {
        guard device == other.device, isFallback == other.isFallback, server.overlaps(other.server) else { return false }
        guard let mine = ports, let others = other.ports else { return true }
        return mine.server.overlaps(others.server) && mine.device.overlaps(others.device)
    }

    /// All matches of a grant; none if device and service have no IP version in common.
    static func all(of grant: Grant) -> [TrafficMatch] {
        var matches = all(of: grant.flow, from: grant.addresses)
        if grant.yields { for index in matches.indices { matches[index].isFallback = true } }
        return matches
    }

    /// How many pieces a grant has, counted without making them: its addresses times its ranges of ports at either
    /// end.
    static func count(of grant: Grant) -> Int {
        let servers = Set(grant.flow.applicationServer.addresses.map(\.subnet)).count { grant.addresses.subnet($0.family) != nil }
        let (server, device) = (PortSet(grant.flow.applicationServerPorts).ranges.count, PortSet(grant.flow.devicePorts).ranges.count)
        return [server, device].reduce(servers) { product, factor in
            let (value, isTooMuch) = product.multipliedReportingOverflow(by: factor)
            return isTooMuch ? .max : value
        }
    }

    /// All matches of a device's flow; none if device and service have no IP version in common.
    ///
    /// - Precondition: ``count(of:)`` is within the limit.
    static func all(of flow: Flow, from addresses: NetworkAddresses) -> [TrafficMatch] {
        let ports = portPairs(of: flow)
        return flow.applicationServer.addresses.flatMap { address -> [TrafficMatch] in
            guard let device = addresses.subnet(address.subnet.family) else { return [] }
            return ports.map { TrafficMatch(device: device, server: address.subnet, ports: $0) }
        }
    }

    private static func portPairs(of flow: Flow) -> [Ports?] {
        let (server, device) = (PortSet(flow.applicationServerPorts), PortSet(flow.devicePorts))
        guard !server.isAll || !device.isAll else { return [nil] }
        return server.ranges.flatMap { server in device.ranges.map { Ports(server: server, device: $0) } }
    }
}

extension PortRange {
    func overlaps(_ other: PortRange) -> Bool {
        first <= other.last && other.first <= last
    }
}

extension NetworkAddresses {
    /// The device's IPv4 address as a subnet, or its IPv6 prefix.
    func subnet(_ family: IPFamily) -> IPSubnet? {
        switch family {
        case .ipv4: ipv4.map { .containing($0, prefixLength: 32) }
        case .ipv6: ipv6Prefix
        }
    }
}
