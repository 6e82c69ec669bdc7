public import Southbound

extension LinuxNetwork {
    /// The commands with which an administrator would program these sessions on an untouched gateway: lines for `tc
    /// -batch`, then a file for `nft -f`. The platform tells the kernel the same. A missing interface counts as an
    /// Ethernet one.
    public static func plan(_ configuration: LinuxNetworkConfiguration, for orders: [Order]) -> String {
        var sessions = ServedSessions([], configuration)
        var refusals = ""
        for order in orders.sorted(by: { ($0.rank, $0.session) < ($1.rank, $1.session) }) {
            guard let grant = order.grant else { continue }
            if case .refused(let reason) = sessions.program(grant, mark: OrderMark(order, configuration)) { refusals += "# \(grant.session) is refused: \(reason)\n" }
        }
        let framings = LinuxKernel(configuration).framings()
        let changes = Batch(sessions.takeChanges(), configuration)
        let batch = BatchText(changes, configuration, framings)
        var text = "# tc -batch; the platform takes fq_codel instead of bfifo where the kernel has it\n"
        for direction in Direction.allCases {
            text += TrafficControlText.root(on: configuration.link(direction).interface, framings[direction] ?? .ethernet)
            text += Batch.trunk(of: configuration, direction).map { TrafficControlText.change($0, configuration, framings) }.joined()
        }
        let setup = FilterText.setup(configuration, prefixLengths: changes.prefixLengths)
        return text + batch.classes + "\n# nft -f\n" + FilterText.renamed(setup + batch.filter, configuration) + refusals
    }
}
