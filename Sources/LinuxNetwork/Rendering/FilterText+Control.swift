/// Network control: the packets that all other packets need to find their way. A flood in the default class must not
/// hold them back.
///
/// The gateway itself sends these packets, so the rules are in the hook for locally made packets. A forwarded packet
/// never meets them.
extension FilterText {
    /// ARP has a family of its own; locally made ARP packets pass no chain of the others.
    static let controlTable = "arp \(tableName)"

    /// The chains that lead network control to its class.
    static func control(_ configuration: LinuxNetworkConfiguration) -> String {
        let mark = "meta priority set \(ClassID.control)"
        let interfaces = "oifname { " + Direction.allCases.map { "\"\(configuration.link($0).interface)\"" }.joined(separator: ", ") + " }"
        var text = chain("carried", carried)
        text += "add chain \(table) local { type filter hook output priority filter; policy accept; }\n"
        let ours = "meta priority and \(ClassID.majorMask) == \(ClassID(minor: 0)) jump carried"
        text += chain("local", [ours] + matches.map { "\(interfaces) \($0) \(mark)" }, isThere: true)
        text += "add table \(controlTable)\nadd chain \(controlTable) output { type filter hook output priority filter; policy accept; }\n"
        return text + "flush chain \(controlTable) output\nadd rule \(controlTable) output \(interfaces) \(mark)\n"
    }

    /// Neighbour and router discovery (RFC 4861), the reports of multicast listeners that switches need for discovery
    /// (RFC 3810), and servers, clients and relays of DHCP and DHCPv6.
    private static let matches = [
        "icmpv6 type { 130, 131, 132, 133, 134, 135, 136, 137, 143 }", "udp sport { 67, 68 } udp dport { 67, 68 }", "udp sport { 546, 547 } udp dport { 546, 547 }",
    ]

    /// A tunnel's packets keep the priority of the packets inside, which belongs to the tree of the tunnel's own
    /// interface. With IPsec both leave by the same interface.
    private static let carried = ["meta l4proto { esp, ah } accept", "udp sport 4500 accept", "meta priority != \(ClassID.control) meta priority set 0"]
}

extension ClassID {
    /// The bits of a priority that are a class's major number.
    static let majorMask = "ffff:0"
}
