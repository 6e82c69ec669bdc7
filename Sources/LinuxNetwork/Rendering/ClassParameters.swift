/// How packets leave an interface: what the kernel counts beside the IP packets that rates are of.
struct Framing: Hashable, Sendable {
    /// Bytes of the link layer's header, which the kernel counts with every packet.
    let header: Int
    /// Bytes of the largest IP packet (the interface's MTU).
    let packet: Int

    static let ethernet = Framing(header: 14, packet: 1_500)

    /// Bytes of the largest packet as the kernel counts it.
    var frame: Int { packet + header }

    /// The rate at which the kernel must let frames through so that IP packets of full size have `rate`.
    func frames(_ rate: Int) -> Int { Int((Double(rate) * Double(frame) / Double(packet)).rounded(.up)) }
}

/// A class as the kernel is told: rates of frames, bursts and quantum.
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
        rate = framing.frames(leaf.rate)
        ceiling = framing.frames(leaf.ceiling)
        // A packet and what comes in two milliseconds: as late the kernel's timers may be without loss, and no more than others notice.
        burst = framing.frame + rate / 8 / 500
        ceilingBurst = framing.frame + ceiling / 8 / 500
        // By the rate, at least one packet. The kernel's own choice is the same but warns where it has to cut.
        quantum = min(max(rate / 80, framing.frame), max(60_000, framing.frame))
        priority = leaf.priority
    }
}
