/// The wanted and the applied state of a session in the networks of its sites.
///
/// The wanted state has a generation, which grows with each change. The applied state is a ``Placement`` for each
/// network that may hold something.
extension Session {
    /// The site whose network serves the session.
    public var site: SiteName { subject.site }

    /// Whether a network may hold something for the session. Set before the network is called, cleared after the
    /// release.
    public var inNetwork: Bool { placement != nil || !formerPlacements.isEmpty }

    /// Whether the network of the session's site lacks the session's present generation, as far as is known.
    public var isUnapplied: Bool {
        guard wantsNetwork else { return false }
        return placement.map { $0.generation != generation || $0.status == .unknown } ?? true
    }

    /// The network holds a later generation of the session than the store does, as after the restore of an older backup.
    /// The wanted state becomes the newest one, because a network obeys no order that is older than its own state.
    public mutating func renewed(after held: Int64) -> [SessionAction] {
        if held > generation, held < .max { generation = held + 1 }
        return []
    }

    /// The placement at a site, present or former.
    public func placement(at site: SiteName) -> Placement? {
        site == self.site ? placement : formerPlacements.first { $0.site == site }
    }

    /// The network of a site holds a generation of the session: its answer to an order, or its report.
    ///
    /// An answer about an older generation than a stored one changes nothing. Only the present generation makes a
    /// session available.
    public mutating func networkHolds(_ held: Placement, at now: Timestamp) -> [SessionAction] {
        guard held.site == site else {
            // The device has left the site meanwhile; the release needs the handle.
            if let index = formerPlacements.firstIndex(where: { $0.site == held.site && $0.generation <= held.generation }) {
                formerPlacements[index] = held
            }
            return []
        }
        guard held.generation >= placement?.generation ?? 0, wantsNetwork || placement != nil else { return [] }
        var held = held
        if let known = placement, known.generation == held.generation {
            if held.handle == nil { held.handle = known.handle }
            // The report that the flow is ready may be stored before the answer that it is pending.
            if known.status == .ready { held.status = .ready }
        }
        placement = held
        return held.status == .ready && held.generation == generation ? networkBecameReady(at: now) : []
    }

    /// The network of a site has released everything up to a generation of the session.
    ///
    /// - Parameter generation: of the order to release; `nil` for everything.
    public mutating func networkReleased(at site: SiteName? = nil, upTo generation: Int64? = nil) -> [SessionAction] {
        guard inNetwork else { return [] }
        let limit = generation ?? .max
        formerPlacements.removeAll { (site == nil || $0.site == site) && $0.generation <= limit }
        if site == nil || site == self.site, let placed = placement, placed.generation <= limit {
            // A session that wants the network is programmed again after the release.
            placement = wantsNetwork ? Placement(site: placed.site) : nil
        }
        return wantsNetwork || inNetwork || isKept ? [] : [.erase]
    }
}
