public import QualityOnDemand

/// An order to a network about one session: to serve a grant, or to release everything.
public struct Order: Hashable, Sendable {
    public enum Wish: Hashable, Sendable {
        /// Program the flow, and keep it until that time or until the release. `nil` means without an end. A network
        /// that the platform cannot reach at that time ends the flow by itself, if it can.
        case serve(Grant, until: Timestamp?)
        /// Hold nothing for the session any more. A session that the network does not have is no error.
        case release(SessionID)
    }

    public let site: SiteName
    /// Grows with each change of the session's wanted state.
    public let generation: Int64
    /// Decides between overlapping flows of one device: the higher rank has priority.
    public let rank: Int64
    /// The handle that the network returned for the session earlier.
    public let handle: NetworkHandle?
    public let wish: Wish

    public init(site: SiteName = .default, generation: Int64, rank: Int64 = 0, handle: NetworkHandle? = nil, wish: Wish) {
        self.site = site
        self.generation = generation
        self.rank = rank
        self.handle = handle
        self.wish = wish
    }

    public var session: SessionID {
        switch wish {
        case .serve(let grant, _): grant.session
        case .release(let id): id
        }
    }

    /// The grant to serve; `nil` for a release.
    public var grant: Grant? {
        if case .serve(let grant, _) = wish { grant } else { nil }
    }

    /// A number for everything that the network is asked to program: equal orders have equal numbers, in every process
    /// and version. 0 for a release.
    public var fingerprint: UInt64 {
        guard let grant else { return 0 }
        var hash = StableHash()
        hash.add(UInt64(bitPattern: rank))
        grant.add(to: &hash)
        return max(hash.value, 1)
    }
}

/// What a network is asked to program for one session.
public struct Grant: Hashable, Sendable {
    public let session: SessionID
    /// The device's addresses in the network.
    public let addresses: NetworkAddresses
    public let flow: Flow
    public let profile: QoSProfile
    /// Whether the grant gets only the traffic that no other grant of the device gets.
    public let yields: Bool

    public init(session: SessionID, addresses: NetworkAddresses, flow: Flow, profile: QoSProfile, yields: Bool = false) {
        self.session = session
        self.addresses = addresses
        self.flow = flow
        self.profile = profile
        self.yields = yields
    }

    fileprivate func add(to hash: inout StableHash) {
        hash.add(addresses)
        for address in flow.applicationServer.addresses { hash.add(address.subnet) }
        hash.add(flow.applicationServerPorts)
        hash.add(flow.devicePorts)
        hash.add(profile.name.description)
        hash.add(profile.targetMinUpstreamRate)
        hash.add(profile.maxUpstreamRate)
        hash.add(profile.maxUpstreamBurstRate)
        hash.add(profile.targetMinDownstreamRate)
        hash.add(profile.maxDownstreamRate)
        hash.add(profile.maxDownstreamBurstRate)
        hash.add(UInt64(profile.priority ?? 0))
        hash.add(profile.packetDelayBudget)
        hash.add(profile.jitter)
        hash.add(UInt64(profile.packetErrorLossRate ?? 0))
        hash.add(profile.l4sQueueType?.rawValue ?? "")
        hash.add(UInt64(profile.serviceClass.map { $0.dscp + 1 } ?? 0))
        hash.add(yields ? 1 : 0)
    }
}
