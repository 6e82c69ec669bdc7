/// An assignment (CAMARA qos-provisioning): a profile for all traffic of a device, until it is revoked.
///
/// An assignment lives as a session does, with three differences:
/// - It has no end, so it waits for no deadline while it is available.
/// - It keeps other assignments off its device, but no session off its flow.
/// - It stays readable for a while after its revocation.
extension Session {
    /// Whether the session is an assignment.
    public var isAssignment: Bool { dialect == .provisioning }

    /// A client asks for an assignment.
    public static func requestedAssignment(
        id: SessionID, by owner: ClientID, for subject: Subject, profile: QoSProfileName, notification: NotificationTarget? = nil,
        at now: Timestamp, timing: Timing = Timing()
    ) -> Session {
        requested(
            id: id, by: owner, for: subject, flow: .everything, profile: profile, duration: 0, notification: notification,
            dialect: .provisioning, at: now, timing: timing)
    }
}

extension Flow {
    /// All traffic of a device, of either IP version.
    public static let everything = Flow(applicationServer: .anywhere)
}

extension ApplicationServer {
    /// Every address of either IP version.
    static let anywhere: ApplicationServer = {
        guard let server = try? ApplicationServer(ipv4Address: "0.0.0.0/0", ipv6Address: "::/0") else {
            preconditionFailure("both are subnets")
        }
        return server
    }()
}

extension Timestamp {
    /// The last second that RFC 3339 can write: 9999-12-31T23:59:59Z. This moment means that there is no end.
    public static let never = Timestamp(milliseconds: 253_402_300_799_000)
}
