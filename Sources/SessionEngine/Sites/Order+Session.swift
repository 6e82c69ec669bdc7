public import QualityOnDemand
public import Southbound

extension Grant {
    /// The grant of a stored session as it is wanted now. If the session's profile is no longer offered, the grant has a
    /// profile without values.
    public init(_ session: Session, profiles: ProfileCatalogue) {
        let profile = profiles[session.profile] ?? QoSProfile(name: session.profile, status: .deprecated)
        self.init(
            session: session.id, addresses: session.subject.addresses, flow: session.flow, profile: profile, yields: session.isAssignment)
    }
}

extension Order {
    /// The order to serve a stored session as it is wanted now.
    public init(serving session: Session, profiles: ProfileCatalogue) {
        let until: Timestamp? = if case .available(_, let expiresAt) = session.progress, !session.isAssignment { expiresAt } else { nil }
        self.init(
            site: session.site, generation: session.generation, rank: session.rank, handle: session.placement?.handle,
            wish: .serve(Grant(session, profiles: profiles), until: until))
    }

    /// The order to release everything that the network of a site holds for a session.
    init(releasing session: Session, at site: SiteName) {
        self.init(
            site: site, generation: session.generation, rank: session.rank, handle: session.placement(at: site)?.handle,
            wish: .release(session.id))
    }
}
