import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Overlap of flows")
struct FlowOverlapTests {
    @Test("two flows overlap exactly where a packet belongs to both, whichever is asked")
    func sameAsCountingPackets() throws {
        let models = (0..<400 as Range<UInt64>).map { seed in
            var random = SeededGenerator(seed: seed)
            return FlowModel(&random)
        }
        let flows = try models.map { try $0.flow }
        let packets = models.map { Self.mask($0.packets) }
        var overlapping = 0
        var pairs = 0
        for a in 0..<400 {
            for b in stride(from: a % 3, to: 400, by: 3) {
                pairs += 1
                let expected = zip(packets[a], packets[b]).contains { $0 & $1 != 0 }
                if expected { overlapping += 1 }
                if flows[a].overlaps(flows[b]) != expected { Issue.record("seeds \(a) and \(b): overlap is \(expected)") }
            }
        }
        #expect(pairs > 50_000)
        #expect((pairs / 10..<pairs * 9 / 10).contains(overlapping), "both outcomes shall be common: \(overlapping) of \(pairs)")
    }

    /// The packets as a mask, one bit for each.
    private static func mask(_ packets: [Bool]) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (packets.count + 63) / 64)
        for (index, isIn) in packets.enumerated() where isIn { words[index / 64] |= 1 << UInt64(index % 64) }
        return words
    }

    @Test("every flow overlaps itself, and overlap does not depend on who asks")
    func reflexiveAndSymmetric() {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let (a, b) = (random.flow(), random.flow())
            if !a.overlaps(a) { Issue.record("seed \(seed): \(a) does not overlap itself") }
            if a.overlaps(b) != b.overlaps(a) { Issue.record("seed \(seed): overlap depends on who asks") }
        }
    }

    private static func flow(
        _ address: String, server: ClosedRange<UInt16>? = nil, device: ClosedRange<UInt16>? = nil
    ) throws -> Flow {
        let isIPv6 = address.contains(":")
        let specs = try [server, device].map { ports in
            try ports.map { try PortsSpec(ranges: [PortRange(first: $0.lowerBound, last: $0.upperBound)]) }
        }
        return Flow(
            applicationServer: try ApplicationServer(ipv4Address: isIPv6 ? nil : address, ipv6Address: isIPv6 ? address : nil),
            applicationServerPorts: specs[0], devicePorts: specs[1])
    }

    @Test("an absent port list means all ports")
    func absentPorts() throws {
        let all = try Self.flow("198.51.100.7")
        let some = try Self.flow("198.51.100.7", server: 443...443, device: 5000...5001)
        #expect(all.overlaps(some) && some.overlaps(all) && all.overlaps(all))
    }

    @Test("a subnet overlaps the addresses in it")
    func subnets() throws {
        #expect(try Self.flow("198.51.100.0/24").overlaps(Self.flow("198.51.100.7")))
        #expect(try !Self.flow("198.51.100.0/24").overlaps(Self.flow("198.51.101.7")))
    }

    @Test("flows that differ in one of the three do not overlap")
    func separate() throws {
        let flow = try Self.flow("198.51.100.7", server: 443...450, device: 5000...5010)
        #expect(try !flow.overlaps(Self.flow("198.51.100.8", server: 443...450, device: 5000...5010)))
        #expect(try !flow.overlaps(Self.flow("198.51.100.7", server: 451...460, device: 5000...5010)))
        #expect(try !flow.overlaps(Self.flow("198.51.100.7", server: 443...450, device: 4000...4999)))
        #expect(try flow.overlaps(Self.flow("198.51.100.7", server: 450...460, device: 4000...5000)))
    }

    @Test("flows of different families do not overlap, and one address of a list is enough")
    func families() throws {
        #expect(try !Self.flow("0.0.0.0/0").overlaps(Self.flow("::/0")))
        let list = Flow(applicationServer: try ApplicationServer(ipAddresses: ["203.0.113.1", "2001:db8::1"]))
        #expect(try list.overlaps(Self.flow("2001:db8::/64")))
        #expect(try list.overlaps(Self.flow("203.0.113.0/31")))
        #expect(try !list.overlaps(Self.flow("2001:db8::2")))
    }
}
