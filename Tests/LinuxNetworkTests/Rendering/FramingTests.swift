import Testing

@testable import LinuxNetwork

@Suite("Rates of packets")
struct FramingTests {
    private static let framings = [Framing.ethernet, Framing(header: 0, packet: 1_420), Framing(header: 14, packet: 9_000), Framing(header: 14, packet: 65_535)]

    @Test("are told as they are promised, with a whole packet at once and what comes in two milliseconds", arguments: framings)
    func rates(_ framing: Framing) {
        for rate in [100_000, 500_000, 1_000_000, 100_000_000, 10_000_000_000, 1_000_000_000_000] {
            let told = ClassParameters(Leaf(guaranteed: rate, ceiling: 2 * rate, priority: 0), framing)
            #expect(told.rate == rate && told.ceiling == 2 * rate)
            #expect(told.burst >= framing.packet && told.burst <= framing.packet + told.rate / 4_000 && told.ceilingBurst >= told.burst)
            #expect(told.quantum >= framing.packet && told.quantum <= 200_000)
        }
    }

    @Test("a packet of the interface counts for the bytes behind its link header", arguments: framings)
    func sizes(_ framing: Framing) {
        let sizes = SizeTable(framing).sizes
        for length in [1, 14, 15, 60, 74, 200, 214, 1_434] where length <= framing.packet + framing.header { #expect(Int(sizes[length]) == max(length - framing.header, 1)) }
        if framing.packet < 2_000 { #expect(Int(sizes[framing.packet + framing.header]) == framing.packet) }
    }

    @Test("a packet put together from many counts for all their headers", arguments: 2...10)
    func together(_ packets: Int) {
        let length = 14 + 52 + packets * 1_448
        #expect(Int(SizeTable(.ethernet).sizes[length]) == packets * 1_500)
    }

    @Test("queues hold what comes in the delay of the profile at the rate, and some packets at least")
    func queues() {
        func bytes(_ leaf: Leaf, _ id: ClassID = ClassID(minor: 0x10)) -> Int { LeafQueue.Parameters(id, leaf, .ethernet).bytes }
        #expect(bytes(Leaf(guaranteed: 4_000_000, ceiling: 100_000_000, priority: 3)) == 25_000)
        #expect(bytes(Leaf(guaranteed: 8_000_000, ceiling: 100_000_000, priority: 3, delay: 20)) == 20_000)
        #expect(bytes(Leaf(guaranteed: 500_000, ceiling: 500_000, priority: 0, delay: 20)) == 6_000)
        #expect(bytes(Leaf(guaranteed: 0, ceiling: 20_000_000, priority: 3)) == 50_000)
        #expect(bytes(Leaf(guaranteed: 4_000_000, ceiling: 40_000_000, priority: 7), .bestEffort) == 100_000)
    }
}
