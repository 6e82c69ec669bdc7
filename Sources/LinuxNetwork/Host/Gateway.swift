import QualityOnDemand
import Southbound

/// A gateway: its kernel, and everything that all sessions share.
final class Gateway {
    let configuration: LinuxNetworkConfiguration
    private let kernel: any GatewayKernel

    init(_ configuration: LinuxNetworkConfiguration, kernel: any GatewayKernel) {
        self.configuration = configuration
        self.kernel = kernel
    }

    /// The sessions and classes in the kernel that are as they should be.
    struct Found: Hashable {
        /// The complete sessions: each has its element, and a class on both interfaces.
        var services: [Service] = []
        /// Classes on both interfaces that no session has.
        var spares: [ClassID] = []
    }

    /// Takes the gateway over: makes the missing parts that all sessions share, repairs foreign changes, and removes
    /// the remains of earlier work that was left half done.
    func takeOver() throws(NetworkError) -> Found {
        // The state is read completely before anything is changed.
        var state = try kernel.state()
        var roots: [Direction] = []
        for direction in Direction.allCases where state.roots[direction] != .ours {
            if case .foreign(let what) = state.roots[direction], !configuration.takesOver {
                let interface = configuration.link(direction).interface
                throw NetworkError(
                    "\(interface) has a root queueing discipline of another program, \(what), which stays; with network.takeOver: true the platform replaces it")
            }
            // The classes disappear together with their root.
            state.classes[direction] = [:]
            roots.append(direction)
        }
        let listing = try FilterListing(state.elements ?? [])
        try kernel.setUp(roots: roots)
        let (found, batch) = sweep(listing, state)
        if !batch.isEmpty { try kernel.apply(batch) }
        return found
    }

    /// Applies changes. If an error is thrown, some changes may have been made; ``takeOver()`` finds out which.
    func apply(_ changes: [ServedSessions.Change]) throws(NetworkError) {
        let batch = Batch(changes, configuration)
        if !batch.isEmpty { try kernel.apply(batch) }
    }

    /// Why a grant's packets would pass no class in one direction; `nil` if they pass a class in both.
    func refusal(of grant: Grant) throws(NetworkError) -> String? {
        for address in grant.flow.applicationServer.addresses where address.subnet.isSingleAddress {
            switch try kernel.destination(of: address.subnet) {
            case .elsewhere: continue
            case .gateway:
                return "the service \(address.description) is an address of the gateway itself, which forwards no packets to itself; "
                    + "name the host behind that address"
            case .devices:
                let interface = configuration.link(.downlink).interface
                return "the service \(address.description) is behind \(interface), like the devices; only traffic between the downlink and the uplink has classes both ways"
            }
        }
        return nil
    }

    /// The reasons why packets do not reach the rules and classes, as sentences for an operator.
    func obstacles() throws(NetworkError) -> [String] { try kernel.obstacles() }

    /// The traffic that a session's class has sent, including the traffic before the class was the session's.
    func count(of service: Service, _ direction: Direction) throws(NetworkError) -> TrafficCount {
        guard let found = try kernel.classes([service.classID], direction)[service.classID] else {
            throw NetworkError("\(configuration.link(direction).interface) no longer has the class \(service.classID); another program deleted it")
        }
        return found.count
    }

    /// Sorts the kernel's state into complete sessions and spare classes, and makes the batch that corrects the rest.
    private func sweep(_ listing: FilterListing, _ state: KernelState) -> (Found, Batch) {
        let (down, up) = (state.classes(.downlink), state.classes(.uplink))
        // A session that appears twice is a change that was cut short; neither of the two can be trusted.
        let counts = Dictionary(listing.services.map { ($0.session, 1) }, uniquingKeysWith: +)
        // A session without traffic is complete only if newer sessions have all of it; otherwise it was left half
        // done.
        let whole = listing.services.filter { service in
            down[service.classID] != nil && up[service.classID] != nil && counts[service.session] == 1
                && (!service.matches.isEmpty || service.isPartial)
        }
        let kept = Set(whole.map(\.classID))
        let keepsSpares = max(down.count, up.count) > ClassPool.cheap
        let spares = down.keys.filter { keepsSpares && ClassID.forSessions.contains($0.minor) && !kept.contains($0) && up[$0] != nil }.sorted()
        let known = kept.union(spares)
        var batch = Batch()
        batch.deletions = listing.strays + listing.services.filter { !kept.contains($0.classID) }.flatMap(FilterElement.all)
        for direction in Direction.allCases {
            let (found, framing) = (state.classes(direction), state.framing(direction))
            let spare = Leaf.spare(capacity: configuration.link(direction).capacity)
            batch.classes += Batch.trunk(of: configuration, direction).missing(in: found, framing)
            batch.classes += whole.map { ClassChange(direction: direction, id: $0.classID, leaf: $0.leaf(direction)) }.missing(in: found, framing)
            // The elements that lead to these classes are deleted before.
            batch.leftovers += spares.map { ClassChange(direction: direction, id: $0, leaf: spare) }.missing(in: found, framing)
            let stray = found.keys.filter { ClassID.forSessions.contains($0.minor) && !known.contains($0) }
            batch.leftovers += stray.sorted().map { ClassChange(direction: direction, id: $0) }
        }
        return (Found(services: whole, spares: spares), batch)
    }
}

/// Spares.
extension Gateway {
    /// Makes so many spare classes of the pool ready to be handed out, as far as the pool has them. A spare that
    /// still has packets of its former session is not ready.
    func ready(_ count: Int, in pool: inout ClassPool) throws(NetworkError) {
        // Some more spares than needed are checked, because some may not be empty yet.
        let ids = pool.takeResting(atMost: count > pool.readySpares ? count - pool.readySpares + 8 : 0)
        guard !ids.isEmpty else { return }
        let (down, up) = (try kernel.classes(ids, .downlink), try kernel.classes(ids, .uplink))
        for id in ids {
            guard let down = down[id], let up = up[id] else { throw NetworkError("the class \(id) no longer exists; another program deleted it") }
            pool.put(id, earlier: down.queued + up.queued > 0 ? nil : EarlierTraffic(downlink: down.count, uplink: up.count))
        }
    }

    /// Takes one step of the maintenance that the pool needs.
    ///
    /// - Returns: whether there was a step to take.
    func tend(_ pool: inout ClassPool) throws(NetworkError) -> Bool {
        var batch = Batch()
        switch pool.need {
        case .nothing: return false
        case .spare:
            guard let id = pool.nameSpare() else { return false }
            batch.classes = Direction.allCases.map { ClassChange(direction: $0, id: id, leaf: .spare(capacity: configuration.link($0).capacity)) }
            try kernel.apply(batch)
            pool.put(id, earlier: EarlierTraffic())
        case .fewerSpares:
            guard let id = pool.dropSpare() else { return false }
            batch.leftovers = Direction.allCases.map { ClassChange(direction: $0, id: id) }
            try kernel.apply(batch)
        }
        return true
    }
}

extension [ClassChange] {
    /// The changes whose classes are not in the kernel as they should be.
    fileprivate func missing(in found: [ClassID: FoundClass], _ framing: Framing) -> [ClassChange] {
        filter { change in change.leaf.map { found[change.id]?.serves($0, framing) != true } ?? false }
    }
}
