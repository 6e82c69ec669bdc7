public import QualityOnDemand
public import Southbound

extension Grant {
    /// The grant of a stored session. If the session's profile is no longer offered, the grant has a profile without
    /// values.
    public init(_ session: Session, profiles: ProfileCatalogue) {
        let profile = profiles[session.profile] ?? QoSProfile(name: session.profile, status: .deprecated)
        self.init(
            session: session.id, addresses: session.subject.addresses, flow: session.flow, profile: profile, yields: session.isAssignment)
    }
}
