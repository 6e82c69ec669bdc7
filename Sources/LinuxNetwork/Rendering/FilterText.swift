import QualityOnDemand

/// Lines for `nft -f`, which applies all of them or none.
///
/// In both directions the maps' keys begin with the device, so one element serves both. A look-up costs a packet the
/// same with one session in the map or with many.
enum FilterText {
    /// The family and name of the table; the platform changes nothing outside it.
    static let table = "inet \(tableName)"
    /// The usual name. A platform with a name of its own has tables of its own: ``renamed(_:_:)``.
    static let tableName = "nac"

    /// Renames the table in commands, from the usual name to the platform's own.
    static func renamed(_ text: String, _ configuration: LinuxNetworkConfiguration) -> String {
        guard configuration.tableName != tableName else { return text }
        // Every command names its object in the same place: command, object, family, table.
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
            if words.count > 3, words[3] == tableName { words[3] = Substring(configuration.tableName) }
            return words.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The chain that writes a mark, and the mark that a chain writes.
    static func markChain(_ dscp: Int) -> String { "dscp\(dscp)" }
    static func dscp(_ chain: String) -> Int? { chain.hasPrefix("dscp") ? Int(chain.dropFirst(4)) : nil }

    /// Makes the table, its maps and its rules, or updates the rules of an existing table. Elements stay.
    ///
    /// - Parameter prefixLengths: of the devices that are not single addresses.
    static func setup(
        _ configuration: LinuxNetworkConfiguration, prefixLengths: Set<Int> = [], _ defragmenting: Defragmenting = .alone
    ) -> String {
        var text = "add table \(table)\nadd set \(table) \(FilterElement.sessions) { type classid; }\n"
        // Shorter prefixes come first: if one device's prefix contained another's, the last match would win.
        let prefixLengths = prefixLengths.sorted()
        for part in Part.all + prefixLengths.flatMap({ Part.all(prefixLength: $0) }) {
            text += "add map \(table) \(part.name) { \(part.map.type) : classid;\(part.map.key.isInterval ? " flags interval;" : "") }\n"
        }
        text += "add map \(table) \(FilterElement.marks) { type classid : verdict; }\n"
        let markings = Set(QoSProfile.ServiceClass.allCases.map(\.dscp)).sorted()
        for dscp in markings {
            text += chain(markChain(dscp), ["ip dscp set \(dscp)", "ip6 dscp set \(dscp)"])
        }
        for direction in Direction.allCases {
            var rules: [String] = []
            for length in prefixLengths {
                text += chains(direction, prefixLength: length)
                rules.append("meta nfproto ipv6 jump \(direction)-\(length)")
            }
            text += chains(direction, rules, prefixLength: nil, ["meta priority vmap @\(FilterElement.marks)"])
        }
        text += Part.formerMaps + control(configuration) + chain("defragment", defragmenting.rules)
        // At the default priority the source address is not translated yet, so a packet still has the device's own
        // address.
        text += "add chain \(table) egress { type filter hook postrouting priority filter; policy accept; }\n"
        let jumps = Direction.allCases.map { "oifname \"\(configuration.link($0).interface)\" jump \($0)" }
        // Network control keeps its class even if a session is for all of a device's traffic, or for every service.
        text += countingSets(prefixLengths)
        return text + chain("egress", countingRules(prefixLengths) + ["meta priority \(ClassID.control) accept"] + jumps, isThere: true)
    }

    /// The chain that looks up a direction's packets among devices with prefixes of one length, with all chains it
    /// leads to.
    private static func chains(_ direction: Direction, _ first: [String] = [], prefixLength: Int?, _ last: [String] = []) -> String {
        let name = "\(direction)" + (prefixLength.map { "-\($0)" } ?? "")
        let whole = Part.all(prefixLength: prefixLength).filter { $0.number == nil }
        let parts = Part.chains(direction, prefixLength: prefixLength)
        let rules = whole.filter { !$0.map.hasPorts }.map { $0.rule(direction) } + parts.rules + ["\(hasPorts) jump \(name)-ports"]
        return parts.text + chain("\(name)-ports", whole.filter(\.map.hasPorts).map { $0.rule(direction) }) + chain(name, first + rules + last)
    }

    static func chain(_ name: String, _ rules: [String], isThere: Bool = false) -> String {
        (isThere ? "" : "add chain \(table) \(name)\n") + "flush chain \(table) \(name)\n"
            + rules.map { "add rule \(table) \(name) \($0)\n" }.joined()
    }
}
