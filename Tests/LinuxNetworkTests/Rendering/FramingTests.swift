import Testing

@testable import LinuxNetwork

@Suite("Rates of frames")
struct FramingTests {
    @Test("let packets of full size have the rate that is promised, and a whole packet at once", arguments: [
        Framing.ethernet, Framing(header: 0, packet: 1_420), Framing(header: 14, packet: 9_000), Framing(header: 14, packet: 65_535),
    ])
    func frames(_ framing: Framing) {
        for rate in [100_000, 500_000, 1_000_000, 100_000_000, 10_000_000_000, 1_000_000_000_000] {
            let told = ClassParameters(Leaf(guaranteed: rate, ceiling: 2 * rate, priority: 0), framing)
            let packets = Double(told.rate) * Double(framing.packet) / Double(framing.packet + framing.header)
            #expect((Double(rate)...Double(rate) * 1.000_1).contains(packets), "\(rate)")
            #expect(told.burst >= framing.packet + framing.header && told.ceilingBurst >= told.burst)
            // What comes in two milliseconds, and no packet more.
            #expect(told.burst <= framing.packet + framing.header + told.rate / 4_000)
            #expect(told.quantum >= framing.packet + framing.header && told.quantum <= 200_000)
        }
    }

    @Test("are of packets where the interface has no header")
    func tunnel() {
        let told = ClassParameters(Leaf(guaranteed: 8_000_000, ceiling: 9_000_000, priority: 0), Framing(header: 0, packet: 1_420))
        #expect((told.rate, told.ceiling) == (8_000_000, 9_000_000))
    }
}
