/// What the shell round a session has to do after an event; the life cycle only says it.
public enum SessionAction: Hashable, Sendable {
    /// Ask the network to serve the flow.
    case program
    /// Ask the network to let go of the flow.
    case release
    /// Store an event about this change, in the transaction that makes the change.
    case notify(StatusChange)
    /// Come back at that time.
    case setDeadline(Timestamp)
    /// Remove the session for good.
    case erase
}

/// A change of status, as an event tells it.
public struct StatusChange: Hashable, Sendable {
    public let status: QoSStatus
    public let info: StatusInfo?
    public let time: Timestamp
    /// Why the network refused or ended the session, for people; `nil` where no reason is known.
    public let reason: String?

    public init(status: QoSStatus, info: StatusInfo?, time: Timestamp, reason: String? = nil) {
        self.status = status
        self.info = info
        self.time = time
        self.reason = reason
    }
}
