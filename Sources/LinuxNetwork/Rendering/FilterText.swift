import QualityOnDemand

/// Lines for `nft -f`, which applies them all or none.
///
/// The maps' keys stand device first in both directions, so one element serves both; a look-up costs a packet the
/// same whether one session is in the map or many.
enum FilterText {
    /// The family and name of the table; nothing outside it is ever touched.
    static let table = "inet \(tableName)"
    static let tableName = "nac"

    /// The chain that writes a mark, and the mark that a chain writes.
    static func markChain(_ dscp: Int) -> String { "dscp\(dscp)" }
    static func dscp(_ chain: String) -> Int? { chain.hasPrefix("dscp") ? Int(chain.dropFirst(4)) : nil }

    /// Makes the table, its maps and its rules, or brings the rules of one that is there up to date. Elements stay.
    static func setup(_ configuration: LinuxNetworkConfiguration) -> String {
        var text = "add table \(table)\nadd set \(table) \(FilterElement.sessions) { type classid; }\n"
        for map in Map.allCases { text += "add map \(table) \(map.rawValue) { \(map.type) : classid;\(map.isInterval ? " flags interval;" : "") }\n" }
        text += "add map \(table) \(FilterElement.marks) { type classid : verdict; }\n"
        let markings = Set(QoSProfile.ServiceClass.allCases.map(\.dscp)).sorted()
        for dscp in markings {
            text += chain(markChain(dscp), ["ip dscp set \(dscp)", "ip6 dscp set \(dscp)"])
        }
        for direction in Direction.allCases {
            text += chain("\(direction)", Map.allCases.map { $0.rule(direction) } + ["meta priority vmap @\(FilterElement.marks)"])
        }
        // At the default priority: before the source address is translated, so that the device's own still stands there.
        text += "add chain \(table) egress { type filter hook postrouting priority filter; policy accept; }\n"
        let jumps = Direction.allCases.map { "oifname \"\(configuration.link($0).interface)\" jump \($0)" }
        return text + chain("egress", jumps, isThere: true)
    }

    private static func chain(_ name: String, _ rules: [String], isThere: Bool = false) -> String {
        (isThere ? "" : "add chain \(table) \(name)\n") + "flush chain \(table) \(name)\n"
            + rules.map { "add rule \(table) \(name) \($0)\n" }.joined()
    }
}

extension FilterText {
    /// The maps from traffic to classes: a hash where the key is exact, intervals where it is not.
    ///
    /// They are looked into in this order, and the last that knows a packet wins.
    enum Map: String, CaseIterable, Hashable, Sendable {
        case devices4, devices6, exact4, exact6, subnets4, subnets6, ports4, ports6

        /// Where a match belongs.
        init(_ match: TrafficMatch) {
            let isIPv4 = match.device.family == .ipv4
            if match.isFallback {
                self = isIPv4 ? .devices4 : .devices6
            } else if match.ports != nil {
                self = isIPv4 ? .ports4 : .ports6
            } else if match.server.isSingleAddress {
                self = isIPv4 ? .exact4 : .exact6
            } else {
                self = isIPv4 ? .subnets4 : .subnets6
            }
        }

        var family: IPFamily { rawValue.hasSuffix("4") ? .ipv4 : .ipv6 }
        var isInterval: Bool { self != .exact4 && self != .exact6 && !isFallback }
        /// Whether devices alone are its keys.
        var isFallback: Bool { self == .devices4 || self == .devices6 }
        var hasPorts: Bool { self == .ports4 || self == .ports6 }

        var type: String {
            let address = family == .ipv4 ? "ipv4_addr" : "ipv6_addr"
            guard !isFallback else { return "type \(address)" }
            return "type \(address) . \(address)" + (hasPorts ? " . inet_service . inet_service" : "")
        }

        func rule(_ direction: Direction) -> String {
            let (device, server) = direction == .downlink ? ("d", "s") : ("s", "d")
            let header = family == .ipv4 ? "ip" : "ip6"
            guard !isFallback else { return "meta priority set \(header) \(device)addr map @\(rawValue)" }
            let ports = hasPorts ? " . th \(server)port . th \(device)port" : ""
            // Other protocols have something else where TCP and UDP have their ports.
            return (hasPorts ? "meta l4proto { tcp, udp } " : "")
                + "meta priority set \(header) \(device)addr . \(header) \(server)addr\(ports) map @\(rawValue)"
        }
    }
}
