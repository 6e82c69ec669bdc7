/// TCP or UDP ports from `first` to `last`, both included.
public struct PortRange: Hashable, Sendable, CustomStringConvertible {
    public let first: UInt16
    public let last: UInt16

    /// - Throws: ``InvalidValue`` if the range would be empty.
    public init(first: UInt16, last: UInt16) throws(InvalidValue) {
        guard first <= last else {
            throw InvalidValue("from \(first) to \(last) is empty; from must not be greater than to")
        }
        self.first = first
        self.last = last
    }

    init(unchecked first: UInt16, _ last: UInt16) {
        self.first = first
        self.last = last
    }

    public var description: String { "\(first)-\(last)" }
}

/// Ports as an application lists them: single ports, ranges, or both. The lists keep the given order.
public struct PortsSpec: Hashable, Sendable {
    public let ranges: [PortRange]
    public let ports: [UInt16]

    /// - Throws: ``InvalidValue`` if both lists are empty. A missing specification means all ports; an
    ///   empty one means nothing.
    public init(ranges: [PortRange] = [], ports: [UInt16] = []) throws(InvalidValue) {
        guard !ranges.isEmpty || !ports.isEmpty else {
            throw InvalidValue("lists no port; ranges, ports or both are needed, or leave it out for all ports")
        }
        self.ranges = ranges
        self.ports = ports
    }
}

/// A set of ports as sorted ranges with gaps between them.
public struct PortSet: Hashable, Sendable {
    /// Sorted, not touching one another.
    public let ranges: [PortRange]

    /// Every port.
    public static let all = PortSet(merged: [PortRange(unchecked: 0, .max)])

    /// The ports of `spec`; all ports if `spec` is `nil`.
    public init(_ spec: PortsSpec?) {
        guard let spec else {
            self = .all
            return
        }
        let sorted = (spec.ranges + spec.ports.map { PortRange(unchecked: $0, $0) }).sorted { $0.first < $1.first }
        var merged: [PortRange] = []
        for range in sorted {
            if let last = merged.last, Int(range.first) <= Int(last.last) + 1 {
                merged[merged.count - 1] = PortRange(unchecked: last.first, max(last.last, range.last))
            } else {
                merged.append(range)
            }
        }
        self.init(merged: merged)
    }

    private init(merged: [PortRange]) {
        ranges = merged
    }

    /// Whether the set contains every port.
    public var isAll: Bool { self == .all }

    /// Whether the set contains `port`.
    public func contains(_ port: UInt16) -> Bool {
        ranges.contains { $0.first <= port && port <= $0.last }
    }

    /// Whether the set contains some port of `range`. The time grows with the logarithm of the number of ``ranges``.
    public func overlaps(_ range: PortRange) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].last < range.first { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].first <= range.last
    }

    /// Whether some port is in both sets.
    public func overlaps(_ other: PortSet) -> Bool {
        var mine = ranges[...]
        var others = other.ranges[...]
        while let a = mine.first, let b = others.first {
            if a.first <= b.last && b.first <= a.last { return true }
            if a.last < b.last { mine.removeFirst() } else { others.removeFirst() }
        }
        return false
    }
}
