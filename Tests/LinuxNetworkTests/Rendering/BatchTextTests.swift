import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Batches")
struct BatchTextTests {
    /// The text of one batch that programs these grants on an empty gateway.
    private func batch(_ grants: [Grant]) throws -> BatchText {
        var sessions = ServedSessions([], try Sample.configuration())
        return try batch(&sessions) { sessions in
            for grant in grants { #expect(sessions.program(grant) == .ready) }
        }
    }

    private func batch(_ sessions: inout ServedSessions, _ change: (inout ServedSessions) -> Void) throws -> BatchText {
        change(&sessions)
        return BatchText(Batch(sessions.takeChanges(), try Sample.configuration()), try Sample.configuration())
    }

    private let id = "01900000-0000-7000-8000-000000000000"

    @Test("a session is a class on either interface, a name, and what leads to it")
    func one() throws {
        let batch = try batch([Sample.grant(0)])
        #expect(batch.classes == """
            class replace dev ran0 parent 4e41:1 classid 4e41:10 htb rate 500000bit ceil 500000bit burst 1625b cburst 1625b prio 0 quantum 6250
            qdisc replace dev ran0 parent 4e41:10 handle 10: bfifo limit 6000b
            class replace dev wan0 parent 4e41:1 classid 4e41:10 htb rate 500000bit ceil 500000bit burst 1625b cburst 1625b prio 0 quantum 6250
            qdisc replace dev wan0 parent 4e41:10 handle 10: bfifo limit 6000b

            """)
        #expect(batch.filter == """
            add element inet nac sessions { 4e41:10 comment "\(id) 500000/500000/0/20 500000/500000/0/20" }
            add element inet nac exact4 { 10.45.4.1 . 198.51.100.7 : 4e41:10 }

            """)
        #expect(batch.leftovers == "")
    }

    @Test("a profile without rates gets a floor and the whole capacity as ceiling, one with a class of service a mark")
    func marks() throws {
        let batch = try batch([Sample.grant(0, profile: Sample.profile(down: 20, mostUp: 5, serviceClass: .realTimeInteractive))])
        #expect(batch.classes == """
            class replace dev ran0 parent 4e41:1 classid 4e41:10 htb rate 20000000bit ceil 100000000bit burst 6500b cburst 26500b prio 3 quantum 60000
            qdisc replace dev ran0 parent 4e41:10 handle 10: bfifo limit 125000b
            class replace dev wan0 parent 4e41:1 classid 4e41:10 htb rate 8000bit ceil 5000000bit burst 1502b cburst 2750b prio 3 quantum 1500
            qdisc replace dev wan0 parent 4e41:10 handle 10: bfifo limit 12500b

            """)
        #expect(batch.filter == """
            add element inet nac sessions { 4e41:10 comment "\(id) 20000000/100000000/3 0/5000000/3" }
            add element inet nac marks { 4e41:10 : goto dscp32 }
            add element inet nac exact4 { 10.45.4.1 . 198.51.100.7 : 4e41:10 }

            """)
    }

    static let flows: [(String, Flow, String)] = [
        ("an IPv6 service", Fixture.flow("2001:db8::7"), "exact6 { 2001:db8:45::1000 . 2001:db8::7 : 4e41:10 }"),
        ("a subnet", Fixture.flow("198.51.100.0/24"), "subnets4-PART { 10.45.4.1 . 198.51.100.0/24 : 4e41:10 }"),
        ("every IPv4 service", Fixture.flow("0.0.0.0/0"), "subnets4-PART { 10.45.4.1 . 0.0.0.0/0 : 4e41:10 }"),
        ("an IPv6 subnet", Fixture.flow("2001:db8::/32"), "subnets6-PART { 2001:db8:45::1000 . 2001:db8::/32 : 4e41:10 }"),
        (
            "a port", Fixture.flow(serverPorts: try? PortsSpec(ports: [443])),
            "serverPort4 { 10.45.4.1 . 198.51.100.7 . 443 : 4e41:10 }"
        ),
        (
            "a device's port", Fixture.flow("2001:db8::7", devicePorts: try? PortsSpec(ports: [5000])),
            "devicePort6 { 2001:db8:45::1000 . 2001:db8::7 . 5000 : 4e41:10 }"
        ),
        (
            "a port at both ends", Fixture.flow(serverPorts: try? PortsSpec(ports: [443]), devicePorts: try? PortsSpec(ports: [5000])),
            "bothPorts4 { 10.45.4.1 . 198.51.100.7 . 443 . 5000 : 4e41:10 }"
        ),
        (
            "a port at a subnet", Fixture.flow("198.51.100.0/24", serverPorts: try? PortsSpec(ports: [443])),
            "ports4-PART { 10.45.4.1 . 198.51.100.0/24 . 443 . 0-65535 : 4e41:10 }"
        ),
        (
            "a device's ports at an IPv6 subnet",
            Fixture.flow("2001:db8::/64", devicePorts: try? PortsSpec(ranges: [PortRange(first: 5000, last: 5999)])),
            "ports6-PART { 2001:db8:45::1000 . 2001:db8::/64 . 0-65535 . 5000-5999 : 4e41:10 }"
        ),
    ]

    @Test("each kind of flow goes to its map", arguments: flows)
    func maps(_ name: String, _ flow: Flow, _ expected: String) throws {
        let lines = try batch([Sample.grant(0, flow: flow)]).filter.split(separator: "\n")
        #expect(lines.dropFirst().map { $0.replacing(/-[0-9]+ {/, with: "-PART {") } == ["add element inet nac \(expected)"])
    }

    @Test("ports at both ends make an element for each pair, touching ranges being one")
    func portPairs() throws {
        let flow = Fixture.flow(serverPorts: try Sample.ports([(1, 5)], [6, 80]), devicePorts: try Sample.ports([], [7, 9]))
        let grant = Sample.grant(0, flow: flow)
        let part = try #require(TrafficMatch.all(of: grant).map(FilterText.Part.init).compactMap(\.number).first)
        #expect(try batch([grant]).filter.split(separator: "\n").dropFirst() == [
            "add element inet nac bothPorts4 { 10.45.4.1 . 198.51.100.7 . 80 . 7 : 4e41:10 }",
            "add element inet nac bothPorts4 { 10.45.4.1 . 198.51.100.7 . 80 . 9 : 4e41:10 }",
            "add element inet nac ports4-\(part) { 10.45.4.1 . 198.51.100.7 . 1-6 . 7 : 4e41:10 }",
            "add element inet nac ports4-\(part) { 10.45.4.1 . 198.51.100.7 . 1-6 . 9 : 4e41:10 }",
        ])
    }

    @Test("a change touches only what is other than before, and deletes first within the transaction")
    func change() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        _ = try batch(&sessions) { _ = $0.program(Sample.grant(0, profile: Sample.profile(down: 1, up: 1))) }
        let batch = try batch(&sessions) { _ = $0.program(Sample.grant(0, profile: Sample.profile(down: 2, up: 1))) }
        #expect(batch.classes == """
            class replace dev ran0 parent 4e41:1 classid 4e41:10 htb rate 2000000bit ceil 100000000bit burst 2000b cburst 26500b prio 3 quantum 25000
            qdisc replace dev ran0 parent 4e41:10 handle 10: bfifo limit 12500b

            """)
        #expect(batch.filter == """
            delete element inet nac sessions { 4e41:10 }
            add element inet nac sessions { 4e41:10 comment "\(id) 2000000/100000000/3 1000000/50000000/3" }

            """)
    }

    @Test("a release takes the elements first and the classes last")
    func release() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        _ = try batch(&sessions) { _ = $0.program(Sample.grant(0)) }
        let batch = try batch(&sessions) { $0.release(Sample.session(0)) }
        #expect(batch.classes == "")
        #expect(batch.filter == """
            delete element inet nac sessions { 4e41:10 }
            delete element inet nac exact4 { 10.45.4.1 . 198.51.100.7 }

            """)
        #expect(batch.leftovers == "class del dev ran0 classid 4e41:10\nclass del dev wan0 classid 4e41:10\n")
    }

    @Test("let go of and programmed anew within one batch, a session moves to another class")
    func moved() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        _ = try batch(&sessions) { _ = $0.program(Sample.grant(0)) }
        let batch = try batch(&sessions) {
            $0.release(Sample.session(0))
            _ = $0.program(Sample.grant(0))
        }
        #expect(batch.classes.split(separator: "\n").map { String($0.prefix(54)) } == [
            "class replace dev ran0 parent 4e41:1 classid 4e41:11 h", "qdisc replace dev ran0 parent 4e41:11 handle 11: bfifo",
            "class replace dev wan0 parent 4e41:1 classid 4e41:11 h", "qdisc replace dev wan0 parent 4e41:11 handle 11: bfifo",
        ])
        #expect(batch.filter == """
            delete element inet nac sessions { 4e41:10 }
            delete element inet nac exact4 { 10.45.4.1 . 198.51.100.7 }
            add element inet nac sessions { 4e41:11 comment "\(id) 500000/500000/0/20 500000/500000/0/20" }
            add element inet nac exact4 { 10.45.4.1 . 198.51.100.7 : 4e41:11 }

            """)
        #expect(batch.leftovers == "class del dev ran0 classid 4e41:10\nclass del dev wan0 classid 4e41:10\n")
    }

    @Test("programming again, or coming and going within one batch, is no text at all")
    func nothing() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        _ = try batch(&sessions) { _ = $0.program(Sample.grant(0)) }
        let again = try batch(&sessions) { _ = $0.program(Sample.grant(0)) }
        let passing = try batch(&sessions) {
            _ = $0.program(Sample.grant(1))
            $0.release(Sample.session(1))
        }
        #expect(again.classes + again.filter + again.leftovers + passing.classes + passing.filter + passing.leftovers == "")
    }

    @Test("the trunk is the capacity and a class for everybody else")
    func trunk() throws {
        let configuration = try Sample.configuration()
        #expect(TrafficControlText.root(on: "ran0") == "qdisc replace dev ran0 root handle 4e41: stab overhead -14 linklayer ethernet htb default 2\n")
        #expect(Batch.trunk(of: configuration, .uplink).map { TrafficControlText.change($0, configuration) }.joined() == """
            class replace dev wan0 parent 4e41: classid 4e41:1 htb rate 50000000bit ceil 50000000bit burst 14000b cburst 14000b prio 0 quantum 60000
            class replace dev wan0 parent 4e41:1 classid 4e41:2 htb rate 4500000bit ceil 50000000bit burst 2625b cburst 14000b prio 7 quantum 56250
            qdisc replace dev wan0 parent 4e41:2 handle 2: bfifo limit 125000b
            class replace dev wan0 parent 4e41:1 classid 4e41:3 htb rate 500000bit ceil 1000000bit burst 1625b cburst 1750b prio 0 quantum 6250
            qdisc replace dev wan0 parent 4e41:3 handle 3: bfifo limit 6000b

            """)
    }

    @Test("the rules put the device first in every key, whichever way a packet goes")
    func rules() throws {
        let lines = FilterText.setup(try Sample.configuration()).split(separator: "\n")
        for expected in [
            "add map inet nac exact4 { type ipv4_addr . ipv4_addr : classid; }",
            "add map inet nac ports6-31 { type ipv6_addr . ipv6_addr . inet_service . inet_service : classid; flags interval; }",
            "add rule inet nac downlink meta priority set ip daddr . ip saddr map @exact4",
            "add rule inet nac uplink6-0 meta priority set ip6 saddr . ip6 daddr map @subnets6-0",
            "add map inet nac serverPort4 { type ipv4_addr . ipv4_addr . inet_service : classid; }",
            "add rule inet nac uplink meta l4proto { tcp, udp } jump uplink-ports",
            "add rule inet nac uplink4-7 meta l4proto { tcp, udp } meta priority set ip saddr . ip daddr . th dport . th sport map @ports4-7",
            "add rule inet nac downlink-ports meta priority set ip6 daddr . ip6 saddr . th dport map @devicePort6",
            "add rule inet nac downlink meta priority vmap @marks", "add rule inet nac dscp32 ip6 dscp set 32",
            "add rule inet nac egress oifname \"wan0\" jump uplink",
        ] {
            #expect(lines.contains { $0 == expected }, "\(expected)")
        }
        #expect(lines.allSatisfy { $0.contains(" inet nac") || $0.contains(" arp nac") })
    }
}
