import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Ports")
struct PortsTests {
    @Test("a range holds both its ends, and is never empty")
    func ranges() throws {
        let range = try PortRange(first: 5010, last: 5020)
        #expect("\(range)" == "5010-5020")
        #expect(try PortRange(first: 7, last: 7).last == 7)
        let error = #expect(throws: InvalidValue.self) { try PortRange(first: 8, last: 7) }
        #expect(error?.description == "from 8 to 7 is empty; from must not be greater than to")
    }

    @Test("a list of no ports is refused, since absent means all and empty would mean none")
    func empty() {
        let error = #expect(throws: InvalidValue.self) { try PortsSpec() }
        #expect(error?.description == "lists no port; ranges, ports or both are needed, or leave it out for all ports")
    }

    @Test("a specification keeps the order it was given in")
    func order() throws {
        let ranges = [try PortRange(first: 9, last: 10), try PortRange(first: 1, last: 2)]
        let spec = try PortsSpec(ranges: ranges, ports: [5, 3, 5])
        #expect(spec.ranges == ranges)
        #expect(spec.ports == [5, 3, 5])
    }

    @Test("an absent port list means all ports")
    func all() {
        #expect(PortSet(nil) == .all)
        #expect(PortSet.all.isAll)
        #expect(PortSet.all.contains(0) && PortSet.all.contains(1) && PortSet.all.contains(65535))
    }

    @Test("ports 1 to 65535 are not quite all: packets without a port, port 0, are in no list")
    func nearlyAll() throws {
        let spec = try PortsSpec(ranges: [PortRange(first: 1, last: 65535)])
        #expect(!PortSet(spec).isAll)
        #expect(!PortSet(spec).contains(0))
    }

    @Test("ranges that overlap or touch become one, in order", arguments: [
        ([(1, 2), (3, 4)], [], ["1-4"]), ([(3, 4), (1, 2)], [], ["1-4"]), ([(1, 2), (4, 5)], [], ["1-2", "4-5"]),
        ([(1, 10), (2, 3)], [], ["1-10"]), ([(1, 10), (5, 20)], [7, 21], ["1-21"]), ([], [3, 1, 2, 2], ["1-3"]),
        ([(65534, 65535)], [65533, 65535], ["65533-65535"]), ([(1, 65535)], [65535], ["1-65535"]), ([], [65535, 1], ["1-1", "65535-65535"]),
    ] as [([(UInt16, UInt16)], [UInt16], [String])])
    func merges(ranges: [(UInt16, UInt16)], ports: [UInt16], merged: [String]) throws {
        let spec = try PortsSpec(ranges: ranges.map { try PortRange(first: $0.0, last: $0.1) }, ports: ports)
        #expect(PortSet(spec).ranges.map(\.description) == merged)
    }

    @Test("the set holds exactly the ports that were listed")
    func sameAsASetOfPorts() {
        for seed in 0..<2_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let universe = random.pick([1...12, 1...40, 65500...65535, 30_000...30_100] as [ClosedRange<UInt16>])
            let spec = random.portsSpec(in: universe)
            let ports = Self.expanded(spec)
            let set = PortSet(spec)
            let expected = Self.runs(of: ports)
            if set.ranges.map(\.description) != expected { Issue.record("seed \(seed): \(spec) became \(set.ranges), not \(expected)") }
            let around = (Int(universe.lowerBound) - 1...min(Int(universe.upperBound) + 1, 65535)).map { UInt16($0) }
            if around.contains(where: { set.contains($0) != ports.contains($0) }) { Issue.record("seed \(seed): \(spec) contains other ports") }
        }
    }

    @Test("two sets overlap exactly where a port is in both, whichever is asked")
    func overlapsAsSetsOfPorts() {
        for seed in 0..<10_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let universe = random.pick([1...30, 65520...65535] as [ClosedRange<UInt16>])
            let (a, b) = (random.portsSpec(in: universe), random.portsSpec(in: universe))
            let expected = !Self.expanded(a).isDisjoint(with: Self.expanded(b))
            if PortSet(a).overlaps(PortSet(b)) != expected || PortSet(b).overlaps(PortSet(a)) != expected {
                Issue.record("seed \(seed): \(a) and \(b) overlap: \(expected)")
            }
            if !PortSet(a).overlaps(.all) || !PortSet.all.overlaps(PortSet(a)) { Issue.record("seed \(seed): \(a) is not in all") }
        }
    }

    private static func expanded(_ spec: PortsSpec) -> Set<UInt16> {
        Set(spec.ports).union(spec.ranges.flatMap { Array($0.first...$0.last) })
    }

    private static func runs(of ports: Set<UInt16>) -> [String] {
        let firsts = ports.filter { !ports.contains($0 - 1) }.sorted()
        let lasts = ports.filter { $0 == .max || !ports.contains($0 + 1) }.sorted()
        return zip(firsts, lasts).map { "\($0)-\($1)" }
    }

    @Test("a large random list holds exactly its ports out of all 65,536")
    func large() {
        for seed in 0..<3 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let spec = random.portsSpec()
            let (ports, set) = (Self.expanded(spec), PortSet(spec))
            let wrong = (0...UInt16.max).filter { set.contains($0) != ports.contains($0) }
            #expect(wrong.isEmpty, "seed \(seed)")
        }
    }
}
