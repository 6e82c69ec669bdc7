/// The framing of packets on an interface: the bytes that the kernel counts in addition to the IP packets of the
/// rates.
struct Framing: Hashable, Sendable {
    /// Bytes of the link layer's header, which the kernel counts with every packet unless it has a ``SizeTable``.
    let header: Int
    /// Bytes of the largest IP packet (the interface's MTU).
    let packet: Int

    static let ethernet = Framing(header: 14, packet: 1_500)
}

/// A class with the kernel's parameters: rates of IP packets, bursts and quantum.
struct ClassParameters: Hashable, Sendable {
    /// Bits per second.
    let rate: Int
    /// Bits per second.
    let ceiling: Int
    /// Bytes that may be sent at once after a pause.
    let burst: Int
    /// The same for the ceiling.
    let ceilingBurst: Int
    /// Bytes that the class may send in its turn when capacity is shared.
    let quantum: Int
    let priority: Int
}

extension ClassParameters {
    init(_ leaf: Leaf, _ framing: Framing) {
        rate = leaf.rate
        ceiling = leaf.ceiling
        // One packet and the bytes of two milliseconds. The kernel's timers may be so late without loss, and others
        // do not notice such a burst.
        burst = framing.packet + rate / 8 / 500
        ceilingBurst = framing.packet + ceiling / 8 / 500
        // By the rate, and at least one packet. The kernel's own choice is the same, but the kernel warns if it has
        // to cut it.
        quantum = min(max(rate / 80, framing.packet), max(60_000, framing.packet))
        priority = leaf.priority
    }
}
