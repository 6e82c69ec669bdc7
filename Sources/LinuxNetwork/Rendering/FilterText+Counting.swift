import QualityOnDemand

/// The devices whose packets to any destination are counted: the devices of sessions that have had no packet yet.
extension FilterText {
    /// The set of devices that are addresses, or have prefixes of one length.
    private static func set(_ family: IPFamily, _ prefixLength: Int?) -> String {
        "quiet\(family.rawValue)" + (prefixLength.map { "-\($0)" } ?? "")
    }

    private static func set(of device: IPSubnet) -> String {
        set(device.family, device.isSingleAddress ? nil : device.prefixLength)
    }

    private static func kinds(_ prefixLengths: [Int]) -> [(family: IPFamily, length: Int?)] {
        [(.ipv4, nil), (.ipv6, nil)] + prefixLengths.map { (.ipv6, $0) }
    }

    /// Makes the sets, or empties them.
    static func countingSets(_ prefixLengths: [Int]) -> String {
        kinds(prefixLengths).map { family, length in
            let name = set(family, length)
            let type = family == .ipv4 ? "ipv4_addr" : "ipv6_addr"
            return "add set \(table) \(name) { type \(type); counter; }\nflush set \(table) \(name)\n"
        }.joined()
    }

    /// Rules that count a packet for its sender, and do nothing else.
    static func countingRules(_ prefixLengths: [Int]) -> [String] {
        kinds(prefixLengths).map { family, length in "\(deviceField(family, .uplink, length)) @\(set(family, length))" }
    }

    /// The sets that contain these devices.
    static func countingSets(of devices: Set<IPSubnet>) -> [String] { Set(devices.map { set(of: $0) }).sorted() }

    /// Counts these devices from zero, and no others.
    static func count(_ devices: Set<IPSubnet>, insteadOf former: Set<IPSubnet>) -> String {
        let elements = Dictionary(grouping: devices, by: { set(of: $0) })
        return countingSets(of: former.union(devices)).map { set in
            let list = (elements[set] ?? []).map(\.firstAddress).sorted().joined(separator: ", ")
            return "flush set \(table) \(set)\n" + (list.isEmpty ? "" : "add element \(table) \(set) { \(list) }\n")
        }.joined()
    }

    /// How many packets each device of one set has sent, read from the output of `nft list set`.
    static func counted(_ listing: String, _ set: String) -> [IPSubnet: Int] {
        let length = set.split(separator: "-").dropFirst().first.flatMap { Int($0) }
        var counts: [IPSubnet: Int] = [:]
        for match in listing.matches(of: /([0-9a-f.:]+) counter packets ([0-9]+)/) {
            let single = (try? IPSubnet(ipv4: String(match.1))) ?? (try? IPSubnet(ipv6: String(match.1)))
            guard let single, let packets = Int(match.2) else { continue }
            counts[length.map { single.truncated(to: $0) } ?? single] = packets
        }
        return counts
    }
}
