/// How packets wait in a class: as many as come in a few milliseconds at its rate.
enum LeafQueue: Hashable, Sendable {
    /// fq_codel: each flow of the class has a queue of its own, so that none waits behind another's.
    case fair(packets: Int, memory: Int)
    /// bfifo, where the kernel has no other: one queue, so many bytes.
    case bytes(Int)

    /// The parameters of a class's queue of either kind.
    struct Parameters: Hashable, Sendable {
        /// Bytes of IP packets that wait in one queue.
        let bytes: Int
        /// Packets that wait in all flows' queues, and the memory they take.
        let packets: Int
        let memory: Int
        /// Microseconds that a packet may wait before codel takes the queue for a standing one.
        let target: Int
        /// How many flows are told apart. The kernel takes 68 bytes for each, also where the class is idle.
        let flows: Int
    }
}

extension LeafQueue.Parameters {
    init(_ id: ClassID, _ leaf: Leaf, _ framing: Framing) {
        // Fewer than four packets would keep TCP from its rate.
        bytes = max(leaf.guaranteed / 8_000 * leaf.delay, leaf.borrowed / 8_000 * Leaf.delays.lowerBound, 4 * framing.packet)
        packets = max(2 * bytes / framing.packet, 32)
        // The kernel counts what it has set aside for a packet, up to twice its bytes.
        memory = max(4 * bytes, 64 * 1024)
        // Not below what a packet and a half take at the rate (RFC 8289, section 4.2).
        target = max(5_000, framing.packet * 12 * 1_000 / max(leaf.rate / 1_000, 1))
        flows = id == .bestEffort ? 1_024 : 32
    }
}

extension Leaf {
    /// What the queue is sized by where nothing is guaranteed, and in the class of all others, which mostly has far more than its guarantee.
    fileprivate var borrowed: Int { guaranteed == 0 || priority == 7 ? ceiling : 0 }
}
