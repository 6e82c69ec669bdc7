/// Lines for `tc -batch`.
enum TrafficControlText {
    /// The root of an interface that has none of ours yet.
    static func root(on interface: String) -> String {
        "qdisc replace dev \(interface) root handle \(String(ClassID.major, radix: 16)): htb default \(String(ClassID.bestEffort.minor, radix: 16))\n"
    }

    /// Makes a class, changes it, or deletes it.
    static func change(_ change: ClassChange, _ configuration: LinuxNetworkConfiguration, _ framings: [Direction: Framing] = [:]) -> String {
        let interface = configuration.link(change.direction).interface
        guard let leaf = change.leaf else { return "class del dev \(interface) classid \(change.id)\n" }
        let parent = change.id == .root ? String(ClassID.major, radix: 16) + ":" : "\(ClassID.root)"
        let told = ClassParameters(leaf, framings[change.direction] ?? .ethernet)
        return "class replace dev \(interface) parent \(parent) classid \(change.id) htb rate \(told.rate)bit ceil \(told.ceiling)bit"
            + " burst \(told.burst)b cburst \(told.ceilingBurst)b prio \(told.priority) quantum \(told.quantum)\n"
    }
}
