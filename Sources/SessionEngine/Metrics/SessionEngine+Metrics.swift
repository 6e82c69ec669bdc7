public import QualityOnDemand

extension SessionEngine {
    /// How many sessions wait to be reconciled with the networks; sessions that wait for a retry are included.
    public var workQueueDepth: Int { reconciler.queueDepth }

    /// How many sessions wait to be reconciled with the network of one site.
    public func workQueueDepth(_ site: SiteName) -> Int { reconciler.lane(of: site)?.queueDepth ?? 0 }

    /// Whether the network of a site holds the wanted sessions, as far as is known: the last comparison worked, and no
    /// disturbance came since.
    public func isNetworkInOrder(_ site: SiteName) -> Bool { reconciler.lane(of: site)?.isNetworkInOrder ?? false }

    /// Whether the networks of all sites hold the wanted sessions, as far as is known.
    public var isNetworkInOrder: Bool { reconciler.lanes.allSatisfy(\.isNetworkInOrder) }

    /// The names of the sites, in the order in which they are asked for a device.
    public var siteNames: [SiteName] { sites.all.map(\.name) }
}
