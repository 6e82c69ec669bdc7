import QualityOnDemand

/// Ports from `start` to `end`, both included. The SDK checks the range when it makes a request.
public struct PortRange: Hashable, Sendable {
    /// The first port, 1 to 65535.
    public var start: Int
    /// The last port, not smaller than the first.
    public var end: Int

    /// Creates a range.
    public init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    func validated() throws(InvalidValue) -> QualityOnDemand.PortRange {
        let first = try at("start") { () throws(InvalidValue) in try PortsSpec.port(start) }
        let last = try at("end") { () throws(InvalidValue) in try PortsSpec.port(end) }
        guard first <= last else {
            throw InvalidValue("from \(start) to \(end) is empty; start must not be greater than end")
        }
        return try QualityOnDemand.PortRange(first: first, last: last)
    }
}

/// TCP or UDP ports: ranges, single ports, or both. For all ports, give no specification: an empty one is an error.
///
/// The SDK checks the ports when it makes a request.
public struct PortsSpec: Hashable, Sendable {
    /// Ranges of ports.
    public var ranges: [PortRange]
    /// Single ports.
    public var ports: [Int]

    /// Creates a specification.
    public init(ranges: [PortRange] = [], ports: [Int] = []) {
        self.ranges = ranges
        self.ports = ports
    }

    /// Creates a specification.
    public init(ports: [Int], ranges: [PortRange]) {
        self.init(ranges: ranges, ports: ports)
    }

    /// The most items that the API accepts in a list.
    private static let maximumItems = 65_536

    func validated() throws(InvalidValue) -> QualityOnDemand.PortsSpec {
        let ranges = try Self.list(ranges, "ranges") { range throws(InvalidValue) in try range.validated() }
        let ports = try Self.list(ports, "ports") { port throws(InvalidValue) in try Self.port(port) }
        return try QualityOnDemand.PortsSpec(ranges: ranges, ports: ports)
    }

    init(_ spec: QualityOnDemand.PortsSpec) {
        ranges = spec.ranges.map { PortRange(start: Int($0.first), end: Int($0.last)) }
        ports = spec.ports.map { Int($0) }
    }

    static func port(_ number: Int) throws(InvalidValue) -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else { throw InvalidValue("\(number) is not in 1...65535") }
        return port
    }

    private static func list<Item, Result>(
        _ items: [Item], _ name: String, _ validate: (Item) throws(InvalidValue) -> Result
    ) throws(InvalidValue) -> [Result] {
        guard items.count <= maximumItems else {
            throw InvalidValue("has \(items.count) items; at most \(maximumItems) are allowed").at(name)
        }
        var results: [Result] = []
        results.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            do { results.append(try validate(item)) } catch { throw error.at(index: index).at(name) }
        }
        return results
    }
}
