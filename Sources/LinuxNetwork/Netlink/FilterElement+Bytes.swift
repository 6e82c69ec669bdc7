import QualityOnDemand

/// Keys as the kernel compares them: field by field in network order, each filled up to four bytes.
extension FilterElement {
    /// The element's key; if the element stands for several, the lowest.
    var key: [UInt8] {
        switch content {
        case .session(let id, _), .mark(let id, _): withUnsafeBytes(of: id.handle) { Array($0) }
        case .traffic(let match, _): match.bounds(FilterText.Map(match)).low
        }
    }

    /// The highest of the element's keys; `nil` if its map has exact keys only.
    var keyEnd: [UInt8]? {
        guard case .traffic(let match, _) = content, case let map = FilterText.Map(match), map.key.isInterval else { return nil }
        return match.bounds(map).high
    }
}

extension TrafficMatch {
    fileprivate func bounds(_ map: FilterText.Map) -> (low: [UInt8], high: [UInt8]) {
        // Only the device's bits of a packet's address are looked up, so a prefix is one key too.
        var (low, high) = (device.lowest, device.lowest)
        let (server, ports) = (server.bounds, ports ?? .every)
        for part in map.key.parts(server: server, serverPort: ports.server.fields, devicePort: ports.device.fields) {
            low += part.low
            high += part.high
        }
        return (low, high)
    }

    /// - Returns: `nil` if this program does not make such a key for the map.
    ///
    /// - Parameter prefixLength: of the map's devices; `nil` if they are single addresses.
    init?(_ low: [UInt8], end: [UInt8]?, _ map: FilterText.Map, prefixLength: Int? = nil) {
        let (high, key) = (end ?? low, map.key)
        let size = key.family == .ipv4 ? 4 : 16
        let expected = size + key.parts(server: size, serverPort: 4, devicePort: 4).reduce(0, +)
        guard low.count == expected, high.count == expected, let address = IPSubnet(low[..<size], high[..<size]), address.isSingleAddress else { return nil }
        let device = prefixLength.map { address.truncated(to: $0) } ?? address
        guard device.lowest == address.lowest else { return nil }
        guard key.hasServer else {
            self.init(device: device, server: .every(key.family), ports: nil, isFallback: true)
            return
        }
        guard let server = IPSubnet(low[size..<2 * size], high[size..<2 * size]) else { return nil }
        var ports = map.hasPorts ? Ports.every : nil
        var offset = 2 * size
        if key.hasServerPort {
            guard let range = PortRange(low, high, at: offset) else { return nil }
            ports?.server = range
            offset += 4
        }
        if key.hasDevicePort {
            guard let range = PortRange(low, high, at: offset) else { return nil }
            ports?.device = range
        }
        self.init(device: device, server: server, ports: ports)
        // Each element belongs to one map only.
        guard FilterText.Map(self) == map else { return nil }
    }
}

extension TrafficMatch.Ports {
    fileprivate static let every = Self(server: .every, device: .every)
}

extension IPSubnet {
    static func every(_ family: IPFamily) -> IPSubnet {
        family == .ipv4
            ? .containing(IPv4Address(rawValue: 0), prefixLength: 0) : .containing(IPv6Address(high: 0, low: 0), prefixLength: 0)
    }

    /// A single address.
    ///
    /// - Parameter bytes: in network order; the result is `nil` if there are not 4 or 16.
    init?(single bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(bytes[...], bytes[...])
    }

    /// The lowest address, as text.
    var firstAddress: String {
        switch self {
        case .ipv4(let address, _): "\(address)"
        case .ipv6(let address, _): "\(address)"
        }
    }

    /// The lowest address in network order.
    var lowest: [UInt8] { bounds.low }

    /// The lowest address and the highest.
    fileprivate var bounds: (low: [UInt8], high: [UInt8]) {
        switch self {
        case .ipv4(let address, let length):
            let rest = length == 32 ? 0 : UInt32.max >> UInt32(length)
            return ((address.rawValue & ~rest).networkBytes, (address.rawValue | rest).networkBytes)
        case .ipv6(let address, let length):
            let high = length >= 64 ? 0 : UInt64.max >> UInt64(length)
            let low = length == 128 ? 0 : length <= 64 ? UInt64.max : UInt64.max >> UInt64(length - 64)
            return (
                (address.high & ~high).networkBytes + (address.low & ~low).networkBytes, (address.high | high).networkBytes + (address.low | low).networkBytes
            )
        }
    }

    /// - Returns: `nil` if the two addresses are not the bounds of a subnet.
    fileprivate init?(_ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>) {
        let shared = zip(low, high).reduce((bits: 0, isOver: false)) { found, pair in
            guard !found.isOver else { return found }
            let same = (pair.0 ^ pair.1).leadingZeroBitCount
            return (found.bits + same, same < 8)
        }.bits
        let bytes = Array(low)
        let subnet: IPSubnet =
            bytes.count == 4
            ? .containing(IPv4Address(rawValue: UInt32(networkBytes: bytes[...])), prefixLength: shared)
            : .containing(
                IPv6Address(high: UInt64(networkBytes: bytes[..<8]), low: UInt64(networkBytes: bytes[8...])), prefixLength: shared)
        guard subnet.bounds == (bytes, Array(high)) else { return nil }
        self = subnet
    }
}

extension PortRange {
    fileprivate var fields: (low: [UInt8], high: [UInt8]) { (first.fieldBytes, last.fieldBytes) }

    fileprivate init?(_ low: [UInt8], _ high: [UInt8], at offset: Int) {
        let (first, last) = (UInt16(networkBytes: low[offset..<offset + 2]), UInt16(networkBytes: high[offset..<offset + 2]))
        guard let range = try? PortRange(first: first, last: last) else { return nil }
        self = range
    }
}

extension FixedWidthInteger {
    fileprivate var networkBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }

    /// A port, in its field of four bytes.
    fileprivate var fieldBytes: [UInt8] { networkBytes + [0, 0] }

    fileprivate init(networkBytes: ArraySlice<UInt8>) {
        self = networkBytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
