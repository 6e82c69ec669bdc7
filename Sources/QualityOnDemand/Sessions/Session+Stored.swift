extension Session {
    /// Restores a session from the parts in a store. There are no checks, because a store returns the same
    /// values that it received.
    public static func stored(
        id: SessionID, owner: ClientID, subject: Subject, flow: Flow, profile: QoSProfileName, notification: NotificationTarget?,
        dialect: Dialect, createdAt: Timestamp, duration: Int, progress: Progress, inNetwork: Bool, networkReason: String? = nil
    ) -> Session {
        Session(
            id: id, owner: owner, subject: subject, flow: flow, profile: profile, notification: notification,
            dialect: dialect, createdAt: createdAt, duration: duration, progress: progress, inNetwork: inNetwork,
            networkReason: networkReason)
    }
}
