extension Session {
    /// Restores a session from the parts in a store. There are no checks, because a store returns the same
    /// values that it received.
    public static func stored(
        id: SessionID, owner: ClientID, subject: Subject, flow: Flow, profile: QoSProfileName, notification: NotificationTarget?,
        dialect: Dialect, createdAt: Timestamp, duration: Int, progress: Progress, generation: Int64 = 1, rank: Int64 = 0,
        placement: Placement?, formerPlacements: [Placement] = [], networkReason: String? = nil
    ) -> Session {
        var session = Session(
            id: id, owner: owner, subject: subject, flow: flow, profile: profile, notification: notification,
            dialect: dialect, createdAt: createdAt, duration: duration, progress: progress, placement: placement,
            networkReason: networkReason)
        (session.generation, session.rank, session.formerPlacements) = (generation, rank, formerPlacements)
        return session
    }

    /// The session with the rank that a store has assigned.
    public func ranked(_ rank: Int64) -> Session {
        var session = self
        session.rank = rank
        return session
    }
}
