import QualityOnDemand

/// The whole traffic of one session, arranged so that its overlap with other traffic is found by key.
struct WantedTraffic: Hashable, Sendable {
    /// Its pieces, which do not overlap.
    let matches: Set<TrafficMatch>
    /// The same pieces, by device and service.
    let destinations: [Destination: PortGrid]

    init(_ matches: Set<TrafficMatch>) {
        self.matches = matches
        destinations = Dictionary(grouping: matches, by: Destination.init).mapValues(PortGrid.init)
    }

    /// A device and a service.
    struct Destination: Hashable, Sendable {
        let device: IPSubnet
        let server: IPSubnet
        let isFallback: Bool

        init(_ match: TrafficMatch) {
            (device, server, isFallback) = (match.device, match.server, match.isFallback)
        }
    }

    /// Whether some packet belongs to both. A whole address overlaps with its ports, although the filter separates
    /// the two.
    func overlaps(_ other: WantedTraffic) -> Bool {
        let (few, many) = destinations.count < other.destinations.count ? (self, other) : (other, self)
        return few.destinations.contains { destination, ports in
            many.destinations(overlapping: destination).contains { $0.ports.overlaps(ports) }
        }
    }

    /// The part of this traffic that overlaps with some other traffic.
    func pieces(overlapping match: TrafficMatch) -> [TrafficMatch] {
        destinations(overlapping: Destination(match)).flatMap { destination, grid in
            grid.pairs(overlapping: match.ports).map {
                TrafficMatch(device: destination.device, server: destination.server, ports: $0, isFallback: destination.isFallback)
            }
        }
    }

    /// A session names 16 services at most, so each of them is compared, in a fixed order.
    private func destinations(overlapping other: Destination) -> [(destination: Destination, ports: PortGrid)] {
        if destinations.count == 1, let (destination, ports) = destinations.first {
            return destination.overlaps(other) ? [(destination, ports)] : []
        }
        return destinations.filter { $0.key.overlaps(other) }.sorted { $0.key.server.precedes($1.key.server) }.map { ($0.key, $0.value) }
    }
}

extension WantedTraffic.Destination {
    fileprivate func overlaps(_ other: Self) -> Bool {
        device == other.device && isFallback == other.isFallback && server.overlaps(other.server)
    }
}

/// Pairs of ports that do not overlap: ranges at the server, and for each of them ranges at the device.
struct PortGrid: Hashable, Sendable {
    struct Row: Hashable, Sendable {
        let server: PortRange
        /// Sorted.
        var device: [PortRange]
    }

    /// Sorted by ``Row/server``; empty if every packet is meant.
    let rows: [Row]

    init(_ matches: some Sequence<TrafficMatch>) {
        let pairs = matches.compactMap(\.ports).sorted { ($0.server.first, $0.device.first) < ($1.server.first, $1.device.first) }
        rows = pairs.reduce(into: []) { rows, pair in
            if rows.last?.server == pair.server {
                rows[rows.count - 1].device.append(pair.device)
            } else {
                rows.append(Row(server: pair.server, device: [pair.device]))
            }
        }
    }

    /// The ports at the server, if all of the grid's ranges there are single ports.
    var serverPorts: [UInt16]? { Self.single(rows.map(\.server)) }

    /// The ports at the device, if all of the grid's ranges there are single ports.
    var devicePorts: [UInt16]? { rows.first.flatMap { first in rows.allSatisfy { $0.device == first.device } ? Self.single(first.device) : nil } }

    private static func single(_ ranges: [PortRange]) -> [UInt16]? {
        guard !ranges.isEmpty, ranges.allSatisfy({ $0.first == $0.last }) else { return nil }
        return ranges.map(\.first)
    }

    func overlaps(_ other: PortGrid) -> Bool {
        guard !rows.isEmpty, !other.rows.isEmpty else { return true }
        let (few, many) = rows.count < other.rows.count ? (self, other) : (other, self)
        return few.rows.contains { row in
            many.rows[many.rows.overlapping(row.server, by: \.server)].contains { other in
                row.device.contains { !other.device.overlapping($0, by: \.self).isEmpty }
            }
        }
    }

    /// The pairs that overlap with some ports; `nil` for every packet.
    fileprivate func pairs(overlapping ports: TrafficMatch.Ports?) -> [TrafficMatch.Ports?] {
        guard !rows.isEmpty else { return [nil] }
        guard let ports else { return rows.flatMap { row in row.device.map { TrafficMatch.Ports(server: row.server, device: $0) } } }
        return rows[rows.overlapping(ports.server, by: \.server)].flatMap { row in
            row.device[row.device.overlapping(ports.device, by: \.self)].map { TrafficMatch.Ports(server: row.server, device: $0) }
        }
    }
}

extension Array {
    /// The elements whose range overlaps with `range`; the array is sorted by range, and its ranges do not overlap.
    fileprivate func overlapping(_ range: PortRange, by key: KeyPath<Element, PortRange>) -> Range<Int> {
        let start = firstIndex(from: 0) { $0[keyPath: key].last >= range.first }
        return start..<firstIndex(from: start) { $0[keyPath: key].first > range.last }
    }

    /// The first index from `start` on that fulfils a condition, which all later indices fulfil too.
    private func firstIndex(from start: Int, where holds: (Element) -> Bool) -> Int {
        var (low, high) = (start, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
