/// The commands that create and connect a lab's namespaces, in order.
///
/// Every interface is created inside a namespace, so that the host itself never has an interface of the lab.
struct LabPlan {
    let name: LabName
    let topology: LabTopology

    var steps: [LabStep] {
        topology.places.map { LabStep(command: ["ip", "netns", "add", name.namespace($0)]) }
            + topology.places.flatMap(preparation)
            + [LabPlace.gateway, .uplink, .cell, .service].map { batch($0, connections($0)) }
            + (1...topology.devices).map { batch(.device($0), deviceConnections($0)) }
            + [bottleneck(.cell, "br0", topology.cell), bottleneck(.uplink, "up0", topology.uplink)]
            + (topology.translatesAddresses ? [translation] : [])
    }

    /// Changes settings of a namespace before it has interfaces, because new interfaces inherit the settings.
    private func preparation(_ place: LabPlace) -> [LabStep] {
        // The kernel uses IPv6 addresses without a check for duplicates, because no other host can have them.
        let ipv6 = "/proc/sys/net/ipv6/conf"
        var steps = [
            set(place, "0", ["\(ipv6)/all/accept_dad", "\(ipv6)/default/accept_dad"]),
            batch(place, ["link set lo up"]),
        ]
        if [.gateway, .cell, .uplink].contains(place) {
            steps.append(set(place, "1", ["/proc/sys/net/ipv4/ip_forward", "\(ipv6)/all/forwarding"]))
        }
        return steps
    }

    private func connections(_ place: LabPlace) -> [String] {
        switch place {
        case .gateway:
            pair("ran0", "core0", .cell) + pair("wan0", "gw0", .uplink, number: 101)
                + up("ran0", "192.0.2.1/30", "2001:db8:2::1/64") + up("wan0", "\(LabTopology.gatewayIPv4)/30", "2001:db8:3::1/64")
                + ["route add 10.45.0.0/16 via 192.0.2.2", "route add 2001:db8:45::/48 via 2001:db8:2::2"] + routes("203.0.113.2", "2001:db8:3::2")
        case .uplink:
            pair("up0", "eth0", .service)
                + up("gw0", "203.0.113.2/30", "2001:db8:3::2/64") + up("up0", "198.51.100.1/24", "2001:db8:7::1/64")
                // With address translation, the uplink does not know the devices' own addresses.
                + (topology.translatesAddresses ? [] : ["route add 10.45.0.0/16 via \(LabTopology.gatewayIPv4)"])
                + ["route add 2001:db8:45::/48 via 2001:db8:3::1"]
        case .cell:
            ["link add br0 type bridge"]
                + (1...topology.devices).flatMap { pair("air\($0)", "eth0", .device($0), number: 100 + $0) + ["link set air\($0) gso_max_segs 1 master br0 up"] }
                + up("core0", "192.0.2.2/30", "2001:db8:2::2/64") + up("br0", "10.45.0.1/16", "2001:db8:45::1/64") + routes("192.0.2.1", "2001:db8:2::1")
        case .service:
            up("eth0", "\(LabTopology.serviceIPv4)/24", "\(LabTopology.serviceIPv6)/64") + routes("198.51.100.1", "2001:db8:7::1")
        case .device:
            []
        }
    }

    private func deviceConnections(_ number: Int) -> [String] {
        up("eth0", "\(LabTopology.ipv4(device: number))/16", "\(LabTopology.ipv6(device: number))/64") + routes("10.45.0.1", "2001:db8:45::1")
    }

    /// Creates a pair of interfaces. The two ends have different index numbers.
    ///
    /// If both ends had the same index, the kernel would treat the interfaces as slow. It would then drop all packets
    /// for up to a second after the interfaces are up.
    private func pair(_ interface: String, _ other: String, _ place: LabPlace, number: Int = 100) -> [String] {
        ["link add \(interface) index \(number) type veth peer name \(other) netns \(name.namespace(place))"]
    }

    /// Gives an interface its addresses, limits packets to the size on a real link, and brings the interface up.
    ///
    /// Without the limit, the kernel passes 64 KB at a time between namespaces. Each such packet delays the packets
    /// behind it for milliseconds.
    private func up(_ interface: String, _ ipv4: String, _ ipv6: String) -> [String] {
        [
            "address add \(ipv4) dev \(interface)", "address add \(ipv6) dev \(interface)",
            "link set \(interface) gso_max_segs 1 up",
        ]
    }

    /// The default routes, with the usual congestion control on all machines.
    private func routes(_ ipv4: String, _ ipv6: String) -> [String] {
        ["route add default via \(ipv4) congctl cubic", "route add default via \(ipv6) congctl cubic"]
    }

    private func bottleneck(_ place: LabPlace, _ interface: String, _ rate: Int) -> LabStep {
        LabStep(command: inside(place) + ["tc", "qdisc", "add", "dev", interface, "root"] + Bottleneck(rate: rate).arguments)
    }

    private var translation: LabStep {
        let forwards = (1...topology.devices).map { number in
            let port = LabTopology.devicePort(number)
            return "    iifname \"wan0\" tcp dport \(port) dnat to \(LabTopology.ipv4(device: number)):\(port)\n"
        }
        return LabStep(
            command: inside(.gateway) + ["nft", "-f", "-"],
            input: """
                table ip nac_lab {
                  chain outward {
                    type nat hook postrouting priority srcnat; policy accept;
                    oifname "wan0" ip saddr 10.45.0.0/16 masquerade
                  }
                  chain inward {
                    type nat hook prerouting priority dstnat; policy accept;
                \(forwards.joined())  }
                }

                """)
    }

    private func batch(_ place: LabPlace, _ lines: [String]) -> LabStep {
        LabStep(command: ["ip", "-n", name.namespace(place), "-batch", "-"], input: lines.map { $0 + "\n" }.joined())
    }

    private func set(_ place: LabPlace, _ value: String, _ files: [String]) -> LabStep {
        LabStep(command: inside(place) + ["tee"] + files, input: value)
    }

    private func inside(_ place: LabPlace) -> [String] { ["ip", "netns", "exec", name.namespace(place)] }
}

/// A queue with a rate: the capacity of a link of the lab.
struct Bottleneck {
    /// The capacity that the lab promises, in bits per second.
    let rate: Int

    /// A little more than the promised capacity. If the gateway shapes to the promised capacity, no queue builds up
    /// here.
    private var actualRate: Int { rate / 100 * 103 }

    /// The size of a burst in bytes: 2 ms at this rate, and room for a few packets.
    private var burst: Int { max(actualRate / 8 / 500, 6_056) }

    /// The longest queue in bytes: 120 ms at this rate, as on real links, and at least 20 packets.
    private var limit: Int { max(actualRate / 8 * 120 / 1000, 30_280) }

    var arguments: [String] { ["tbf", "rate", "\(actualRate)bit", "burst", "\(burst)b", "limit", "\(limit)b"] }
}

/// One of the commands that make a lab.
struct LabStep: Hashable, Sendable {
    var command: [String]
    /// The standard input of the command.
    var input = ""
}
