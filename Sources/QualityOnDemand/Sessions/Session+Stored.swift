extension Session {
    /// Puts a session together again from what a store kept of it, unchecked: a store hands back what it was given.
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
