import QualityOnDemand

/// Lines for `nft -f`, which applies them all or none.
///
/// The maps' keys stand device first in both directions, so one element serves both; a look-up costs a packet the
/// same whether one session is in the map or many.
enum FilterText {
    /// The family and name of the table; nothing outside it is ever touched.
    static let table = "inet \(tableName)"
    /// The usual name. A platform with a name of its own has tables of its own: ``renamed(_:_:)``.
    static let tableName = "nac"

    /// Commands, as they are for the tables with the usual name, for a platform's own.
    static func renamed(_ text: String, _ configuration: LinuxNetworkConfiguration) -> String {
        guard configuration.tableName != tableName else { return text }
        // The object of every command stands in the same place: add, what, family, table.
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
            if words.count > 3, words[3] == tableName { words[3] = Substring(configuration.tableName) }
            return words.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// The chain that writes a mark, and the mark that a chain writes.
    static func markChain(_ dscp: Int) -> String { "dscp\(dscp)" }
    static func dscp(_ chain: String) -> Int? { chain.hasPrefix("dscp") ? Int(chain.dropFirst(4)) : nil }

    /// Makes the table, its maps and its rules, or brings the rules of one that is there up to date. Elements stay.
    static func setup(_ configuration: LinuxNetworkConfiguration, _ defragmenting: Defragmenting = .alone) -> String {
        var text = "add table \(table)\nadd set \(table) \(FilterElement.sessions) { type classid; }\n"
        for part in Part.all {
            text += "add map \(table) \(part.name) { \(part.map.type) : classid;\(part.map.key.isInterval ? " flags interval;" : "") }\n"
        }
        text += "add map \(table) \(FilterElement.marks) { type classid : verdict; }\n"
        let markings = Set(QoSProfile.ServiceClass.allCases.map(\.dscp)).sorted()
        for dscp in markings {
            text += chain(markChain(dscp), ["ip dscp set \(dscp)", "ip6 dscp set \(dscp)"])
        }
        for direction in Direction.allCases {
            let (whole, parts) = (Part.all.filter { $0.number == nil }, Part.chains(direction))
            text += parts.text + chain("\(direction)-ports", whole.filter(\.map.hasPorts).map { $0.rule(direction) })
            text += chain(
                "\(direction)",
                whole.filter { !$0.map.hasPorts }.map { $0.rule(direction) } + parts.rules
                    + ["\(hasPorts) jump \(direction)-ports", "meta priority vmap @\(FilterElement.marks)"])
        }
        text += Part.formerMaps + control(configuration) + chain("defragment", defragmenting.rules)
        // At the default priority: before the source address is translated, so that the device's own still stands there.
        text += "add chain \(table) egress { type filter hook postrouting priority filter; policy accept; }\n"
        let jumps = Direction.allCases.map { "oifname \"\(configuration.link($0).interface)\" jump \($0)" }
        // Also where a session is for all of a device's traffic, or for every service.
        return text + chain("egress", ["meta priority \(ClassID.control) accept"] + jumps, isThere: true)
    }

    static func chain(_ name: String, _ rules: [String], isThere: Bool = false) -> String {
        (isThere ? "" : "add chain \(table) \(name)\n") + "flush chain \(table) \(name)\n"
            + rules.map { "add rule \(table) \(name) \($0)\n" }.joined()
    }
}
