import QualityOnDemand

/// The rest of some traffic, without the traffic of newer sessions.
extension TrafficMatch {
    /// This traffic without its overlap with `newer`, in pieces that do not overlap.
    ///
    /// - Parameter limit: how many pieces may be left.
    /// - Returns: `nil` if more pieces would be left; then the work ends early.
    func minus(_ newer: WantedTraffic, atMost limit: Int) -> [TrafficMatch]? {
        var pieces = [self]
        // The order is always the same: it decides the places of the cuts, though not the rest.
        for match in newer.pieces(overlapping: self) {
            var left: [TrafficMatch] = []
            for piece in pieces {
                if piece.overlaps(match) { left += piece.minus(match) } else { left.append(piece) }
            }
            pieces = left
            guard pieces.count <= limit else { return nil }
            if pieces.isEmpty { break }
        }
        return pieces
    }

    /// This traffic without the part that belongs to `newer` too, in pieces that do not overlap.
    ///
    /// Nothing needs to be cut if the filter searches the newer traffic's map later: ports come after whole
    /// addresses, and the fallback comes before all.
    func minus(_ newer: TrafficMatch) -> [TrafficMatch] {
        guard overlaps(newer) else { return [self] }
        guard let mine = ports else { return newer.ports == nil ? outside(newer.server) : [self] }
        guard let others = newer.ports else { return outside(newer.server) }
        let shared = server.prefixLength >= newer.server.prefixLength ? server : newer.server
        return outside(newer.server) + mine.minus(others).map { with(shared, $0) }
    }

    /// The part that goes to servers outside a subnet.
    private func outside(_ subnet: IPSubnet) -> [TrafficMatch] {
        server.minus(subnet).map { with($0, ports) }
    }

    private func with(_ server: IPSubnet, _ ports: Ports?) -> TrafficMatch {
        TrafficMatch(device: device, server: server, ports: ports, isFallback: isFallback)
    }
}

extension TrafficMatch.Ports {
    /// The pairs of ports that `other` does not have: outside its server ports, and inside them outside its device
    /// ports.
    fileprivate func minus(_ other: Self) -> [Self] {
        let beside = server.minus(other.server).map { Self(server: $0, device: device) }
        guard let shared = server.intersection(other.server) else { return beside }
        return beside + device.minus(other.device).map { Self(server: shared, device: $0) }
    }
}

extension PortRange {
    fileprivate func minus(_ other: PortRange) -> [PortRange] {
        guard overlaps(other) else { return [self] }
        let below = other.first > first ? try? PortRange(first: first, last: other.first - 1) : nil
        let above = other.last < last ? try? PortRange(first: other.last + 1, last: last) : nil
        return [below, above].compactMap(\.self)
    }

    fileprivate func intersection(_ other: PortRange) -> PortRange? {
        overlaps(other) ? try? PortRange(first: max(first, other.first), last: min(last, other.last)) : nil
    }
}

extension IPSubnet {
    var prefixLength: Int {
        switch self {
        case .ipv4(_, let length), .ipv6(_, let length): length
        }
    }

    /// The rest without a subnet, as the largest possible subnets: one for each bit between the two prefix lengths.
    func minus(_ other: IPSubnet) -> [IPSubnet] {
        guard overlaps(other) else { return [self] }
        guard prefixLength < other.prefixLength else { return [] }
        return (prefixLength + 1...other.prefixLength).map { other.sibling(prefixLength: $0) }
    }

    /// The subnet of fewer bits that contains this one; the subnet itself if it has no more bits.
    func truncated(to length: Int) -> IPSubnet {
        switch self {
        case .ipv4(let address, let own): .containing(address, prefixLength: min(length, own))
        case .ipv6(let address, let own): .containing(address, prefixLength: min(length, own))
        }
    }

    /// An arbitrary but fixed order.
    func precedes(_ other: IPSubnet) -> Bool {
        switch (self, other) {
        case (.ipv4(let a, let lengthA), .ipv4(let b, let lengthB)): (a.rawValue, lengthA) < (b.rawValue, lengthB)
        case (.ipv6(let a, let lengthA), .ipv6(let b, let lengthB)): (a.high, a.low, lengthA) < (b.high, b.low, lengthB)
        default: family == .ipv4 && other.family == .ipv6
        }
    }

    /// The other half of the subnet with one bit less, the half without this subnet.
    private func sibling(prefixLength length: Int) -> IPSubnet {
        switch self {
        case .ipv4(let address, _):
            .containing(IPv4Address(rawValue: address.rawValue ^ (1 << UInt32(32 - length))), prefixLength: length)
        case .ipv6(let address, _) where length <= 64:
            .containing(IPv6Address(high: address.high ^ (1 << UInt64(64 - length)), low: address.low), prefixLength: length)
        case .ipv6(let address, _):
            .containing(IPv6Address(high: address.high, low: address.low ^ (1 << UInt64(128 - length))), prefixLength: length)
        }
    }
}
