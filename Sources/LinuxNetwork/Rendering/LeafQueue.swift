/// The queue of a class: it holds the packets of a few milliseconds at the class's rate.
enum LeafQueue: Hashable, Sendable {
    /// fq_codel: each flow of the class has a queue of its own, so that none waits behind another's.
    case fair(packets: Int, memory: Int)
    /// bfifo, if the kernel does not have fq_codel: one queue, limited by bytes.
    case bytes(Int)

    /// The parameters of a class's queue of either kind.
    struct Parameters: Hashable, Sendable {
        /// Bytes of IP packets that wait in one queue.
        let bytes: Int
        /// Packets that wait in all flows' queues, and the memory of these packets.
        let packets: Int
        let memory: Int
        /// Microseconds that a packet may wait before codel treats the queue as a standing one.
        let target: Int
        /// The number of separate flows. The kernel takes 68 bytes for each, even if the class is idle.
        let flows: Int
    }
}

extension LeafQueue.Parameters {
    init(_ id: ClassID, _ leaf: Leaf, _ framing: Framing) {
        // Fewer than four packets would keep TCP from reaching the rate.
        bytes = max(leaf.guaranteed / 8_000 * leaf.delay, leaf.borrowed / 8_000 * Leaf.delays.lowerBound, 4 * framing.packet)
        packets = max(2 * bytes / framing.packet, 32)
        // The kernel counts the memory that it allocates for a packet, up to twice the packet's bytes.
        memory = max(4 * bytes, 64 * 1024)
        // Not below the time of one and a half packets at the rate (RFC 8289, section 4.2).
        target = max(5_000, framing.packet * 12 * 1_000 / max(leaf.rate / 1_000, 1))
        flows = id == .bestEffort ? 1_024 : 32
    }
}

extension Leaf {
    /// The rate that sizes the queue of a class without a guarantee. The best-effort class also uses it, because it
    /// mostly has far more than its guarantee.
    fileprivate var borrowed: Int { guaranteed == 0 || priority == 7 ? ceiling : 0 }
}
