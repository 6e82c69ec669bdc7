/// A class that the kernel has, with the kernel's values for it.
struct FoundClass: Hashable, Sendable {
    let id: ClassID
    /// Bits per second.
    let rate: Int
    /// Bits per second.
    let ceiling: Int
    let quantum: Int
    let priority: Int
    var count: TrafficCount
    /// Packets that wait in the class.
    var queued = 0
    /// The class's queue; `nil` if it was not listed, or is the kernel's default queue.
    var queue: LeafQueue?

    /// Whether the class is as this program makes it; the kernel keeps rates in whole bytes.
    func serves(_ leaf: Leaf, _ framing: Framing) -> Bool {
        let wanted = ClassParameters(leaf, framing)
        let waiting = LeafQueue.Parameters(id, leaf, framing)
        let isQueued = [.bytes(waiting.bytes), .fair(packets: waiting.packets, memory: waiting.memory)].contains(queue)
        guard isQueued || id == .root else { return false }
        return rate == wanted.rate / 8 * 8 && ceiling == wanted.ceiling / 8 * 8 && quantum == wanted.quantum && priority == wanted.priority
    }
}
