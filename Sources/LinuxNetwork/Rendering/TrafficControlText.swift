/// Lines for `tc -batch`.
enum TrafficControlText {
    /// Makes the tree's root on an interface that has none of ours yet.
    static func root(on interface: String, _ framing: Framing = .ethernet) -> String {
        let sizes = framing.header > 0 ? " stab overhead -\(framing.header) linklayer ethernet" : ""
        return "qdisc replace dev \(interface) root handle \(String(ClassID.major, radix: 16)):\(sizes) htb default \(String(ClassID.bestEffort.minor, radix: 16))\n"
    }

    /// Makes a class, changes it, or deletes it.
    static func change(_ change: ClassChange, _ configuration: LinuxNetworkConfiguration, _ framings: [Direction: Framing] = [:]) -> String {
        let interface = configuration.link(change.direction).interface
        guard let leaf = change.leaf else { return "class del dev \(interface) classid \(change.id)\n" }
        let parent = change.id == .root ? String(ClassID.major, radix: 16) + ":" : "\(ClassID.root)"
        let framing = framings[change.direction] ?? .ethernet
        let told = ClassParameters(leaf, framing)
        let queue = LeafQueue.Parameters(change.id, leaf, framing)
        let handle = String((change.id.queueHandle ?? 0) >> 16, radix: 16)
        return "class replace dev \(interface) parent \(parent) classid \(change.id) htb rate \(told.rate)bit ceil \(told.ceiling)bit"
            + " burst \(told.burst)b cburst \(told.ceilingBurst)b prio \(told.priority) quantum \(told.quantum)\n"
            + (change.id == .root ? "" : "qdisc replace dev \(interface) parent \(change.id) handle \(handle): bfifo limit \(queue.bytes)b\n")
    }
}
