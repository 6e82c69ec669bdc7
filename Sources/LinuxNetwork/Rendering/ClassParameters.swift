/// How packets leave an interface: what the kernel counts beside the IP packets that rates are of.
struct Framing: Hashable, Sendable {
    /// Bytes of the link layer's header, which the kernel counts with every packet unless it has a ``SizeTable``.
    let header: Int
    /// Bytes of the largest IP packet (the interface's MTU).
    let packet: Int

    static let ethernet = Framing(header: 14, packet: 1_500)
}

/// A class as the kernel is told: rates of IP packets, bursts and quantum.
struct ClassParameters: Hashable, Sendable {
    /// Bits per second.
    let rate: Int
    /// Bits per second.
    let ceiling: Int
    /// Bytes that may be sent at once after a pause.
    let burst: Int
    /// The same against the ceiling.
    let ceilingBurst: Int
    /// Bytes that may be sent in its turn when capacity is shared out.
    let quantum: Int
    let priority: Int
}

extension ClassParameters {
    init(_ leaf: Leaf, _ framing: Framing) {
        rate = leaf.rate
        ceiling = leaf.ceiling
        // A packet and what comes in two milliseconds: as late the kernel's timers may be without loss, and no more than others notice.
        burst = framing.packet + rate / 8 / 500
        ceilingBurst = framing.packet + ceiling / 8 / 500
        // By the rate, at least one packet. The kernel's own choice is the same but warns where it has to cut.
        quantum = min(max(rate / 80, framing.packet), max(60_000, framing.packet))
        priority = leaf.priority
    }
}
