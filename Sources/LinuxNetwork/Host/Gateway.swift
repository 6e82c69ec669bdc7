import SessionEngine

/// A gateway: its kernel, and what has to be there for all sessions.
final class Gateway {
    let configuration: LinuxNetworkConfiguration
    private let kernel: any GatewayKernel

    init(_ configuration: LinuxNetworkConfiguration, kernel: any GatewayKernel) {
        self.configuration = configuration
        self.kernel = kernel
    }

    /// Makes what is common to all sessions where it is not there, mends what somebody changed, and sweeps what earlier work left
    /// half done.
    ///
    /// - Returns: the sessions that are served whole: their element and a class on either interface.
    func takeOver() throws(NetworkError) -> [Service] {
        // Everything is looked at before anything is touched.
        let state = try kernel.state()
        var roots: [Direction] = []
        for direction in Direction.allCases where state.roots[direction] != .ours {
            if case .foreign(let what) = state.roots[direction], !configuration.takesOver {
                let interface = configuration.link(direction).interface
                throw NetworkError(
                    "\(interface) has a root queueing discipline of somebody else's, \(what), which is left alone; network.takeOver replaces it")
            }
            roots.append(direction)
        }
        let listing = try FilterListing(state.elements ?? [])
        try kernel.setUp(roots: roots)
        let (services, batch) = sweep(listing, state)
        if !batch.isEmpty { try kernel.apply(batch) }
        return services
    }

    /// Applies changes. What throws may have been done in part; ``takeOver()`` tells how far it came.
    func apply(_ changes: [ServedSessions.Change]) throws(NetworkError) {
        let batch = Batch(changes)
        if !batch.isEmpty { try kernel.apply(batch) }
    }

    /// What all classes of sessions have sent.
    func counts() throws(NetworkError) -> TrafficLog.Counts {
        var counts: TrafficLog.Counts = [:]
        for direction in Direction.allCases { counts[direction] = try kernel.classes(direction).mapValues(\.count) }
        return counts
    }

    /// What a class has sent.
    func count(of id: ClassID, _ direction: Direction) throws(NetworkError) -> TrafficCount {
        guard let found = try kernel.classes(direction)[id] else {
            throw NetworkError("\(configuration.link(direction).interface) has no class \(id) any more; somebody took it away")
        }
        return found.count
    }

    /// What is served whole, and what makes the rest agree with that.
    private func sweep(_ listing: FilterListing, _ state: KernelState) -> ([Service], Batch) {
        let (down, up) = (state.classes(.downlink), state.classes(.uplink))
        // A session seen twice is a change that was cut short; none of the two is to be trusted.
        let counts = Dictionary(listing.services.map { ($0.session, 1) }, uniquingKeysWith: +)
        // Newer sessions may have all of a session's traffic; another one to which nothing leads was left half done.
        let whole = listing.services.filter { service in
            down[service.classID] != nil && up[service.classID] != nil && counts[service.session] == 1
                && (!service.matches.isEmpty || service.isPartial)
        }
        let kept = Set(whole.map(\.classID))
        var batch = Batch()
        batch.deletions = listing.strays + listing.services.filter { !kept.contains($0.classID) }.flatMap(FilterElement.all)
        for direction in Direction.allCases {
            let found = state.classes(direction)
            batch.classes += mended(Batch.trunk(of: configuration, direction), found)
            batch.classes += mended(whole.map { ClassChange(direction: direction, id: $0.classID, leaf: $0.leaf(direction)) }, found)
            let stray = found.keys.filter { ClassID.forSessions.contains($0.minor) && !kept.contains($0) }
            batch.leftovers += stray.sorted().map { ClassChange(direction: direction, id: $0) }
        }
        return (whole, batch)
    }

    /// Those that are not in the kernel as they should be.
    private func mended(_ wanted: [ClassChange], _ found: [ClassID: FoundClass]) -> [ClassChange] {
        wanted.filter { change in change.leaf.map { found[change.id]?.serves($0) != true } ?? false }
    }
}
