import QualityOnDemand

extension FilterText {
    /// The maps from traffic to classes: a hash if the key is exact, else intervals.
    ///
    /// The maps are searched in this order, and the last map that has the packet's key wins. Maps of intervals are
    /// divided into parts (``Part``).
    enum Map: String, CaseIterable, Hashable, Sendable {
        case devices4, devices6, exact4, exact6, subnets4, subnets6
        /// Ports in all combinations that the following maps do not cover.
        case ports4, ports6
        /// One service, and a single port there, at the device, or at both.
        case serverPort4, serverPort6, devicePort4, devicePort6, bothPorts4, bothPorts6

        /// The fields of a map's keys.
        struct Key: Hashable, Sendable {
            var family = IPFamily.ipv4
            var hasServer = true
            var hasServerPort = false
            var hasDevicePort = false
            /// Whether a key may stand for many.
            var isInterval = false
        }

        /// The map that a match belongs to.
        init(_ match: TrafficMatch) {
            let family = match.device.family
            if match.isFallback {
                self = family == .ipv4 ? .devices4 : .devices6
            } else if let ports = match.ports {
                self = Self(ports, isSingleServer: match.server.isSingleAddress, family)
            } else if match.server.isSingleAddress {
                self = family == .ipv4 ? .exact4 : .exact6
            } else {
                self = family == .ipv4 ? .subnets4 : .subnets6
            }
        }

        private init(_ ports: TrafficMatch.Ports, isSingleServer: Bool, _ family: IPFamily) {
            switch (isSingleServer, ports.server.extent, ports.device.extent) {
            case (true, .one, .all): self = family == .ipv4 ? .serverPort4 : .serverPort6
            case (true, .all, .one): self = family == .ipv4 ? .devicePort4 : .devicePort6
            case (true, .one, .one): self = family == .ipv4 ? .bothPorts4 : .bothPorts6
            default: self = family == .ipv4 ? .ports4 : .ports6
            }
        }

        var key: Key {
            var key = Key(family: rawValue.hasSuffix("4") ? .ipv4 : .ipv6)
            switch self {
            case .devices4, .devices6: key.hasServer = false
            case .exact4, .exact6: break
            case .subnets4, .subnets6: key.isInterval = true
            case .serverPort4, .serverPort6: key.hasServerPort = true
            case .devicePort4, .devicePort6: key.hasDevicePort = true
            case .bothPorts4, .bothPorts6: (key.hasServerPort, key.hasDevicePort) = (true, true)
            case .ports4, .ports6: (key.hasServerPort, key.hasDevicePort, key.isInterval) = (true, true, true)
            }
            return key
        }

        var hasPorts: Bool { key.hasServerPort || key.hasDevicePort }

        var type: String {
            let (address, key) = (key.family == .ipv4 ? "ipv4_addr" : "ipv6_addr", key)
            return "type " + ([address] + key.parts(server: address, serverPort: "inet_service", devicePort: "inet_service")).joined(separator: " . ")
        }

        /// - Parameters:
        ///   - name: the map's name in the table.
        ///   - prefixLength: how many bits of a packet's address are the device's; `nil` for all of them.
        func rule(_ direction: Direction, in name: String, prefixLength: Int?) -> String {
            let (device, server) = direction == .downlink ? ("d", "s") : ("s", "d")
            let (header, key) = (key.family == .ipv4 ? "ip" : "ip6", key)
            let parts = key.parts(server: "\(header) \(server)addr", serverPort: "th \(server)port", devicePort: "th \(device)port")
            return "meta priority set " + ([FilterText.deviceField(key.family, direction, prefixLength)] + parts).joined(separator: " . ") + " map @\(name)"
        }
    }
}

extension FilterText.Map.Key {
    /// The values of a key's fields behind the device, in the key's order.
    func parts<Part>(server: Part, serverPort: Part, devicePort: Part) -> [Part] {
        (hasServer ? [server] : []) + (hasServerPort ? [serverPort] : []) + (hasDevicePort ? [devicePort] : [])
    }
}

extension PortRange {
    enum Extent { case one, some, all }

    var extent: Extent { first == last ? .one : self == .every ? .all : .some }

    static let every = PortSet.all.ranges[0]
}
