/// An action that is due after an event of a session. The life cycle only returns the action; its caller performs it.
public enum SessionAction: Hashable, Sendable {
    /// Ask the network to release the flow.
    case release
    /// Store an event about this change, in the transaction that makes the change.
    case notify(StatusChange)
    /// Remove the session for good.
    case erase
}

/// A change of status, for an event.
public struct StatusChange: Hashable, Sendable {
    public let status: QoSStatus
    public let info: StatusInfo?
    public let time: Timestamp
    /// Why the network refused or ended the session, for people; `nil` if no reason is known.
    public let reason: String?

    public init(status: QoSStatus, info: StatusInfo?, time: Timestamp, reason: String? = nil) {
        self.status = status
        self.info = info
        self.time = time
        self.reason = reason
    }
}
