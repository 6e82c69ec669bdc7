extension Session {
    /// The terms of the request, shared by all copies of a session. A session is copied often, and copying a dozen
    /// strings and lists each time takes longer than all the rest.
    final class Terms: Hashable, Sendable {
        let id: SessionID
        let owner: ClientID
        let subject: Subject
        let flow: Flow
        let profile: QoSProfileName
        let notification: NotificationTarget?
        let dialect: Dialect
        let createdAt: Timestamp

        init(
            id: SessionID, owner: ClientID, subject: Subject, flow: Flow, profile: QoSProfileName, notification: NotificationTarget?,
            dialect: Dialect, createdAt: Timestamp
        ) {
            self.id = id
            self.owner = owner
            self.subject = subject
            self.flow = flow
            self.profile = profile
            self.notification = notification
            self.dialect = dialect
            self.createdAt = createdAt
        }

        /// The same terms for a device that has moved.
        func with(_ subject: Subject) -> Terms {
            Terms(
                id: id, owner: owner, subject: subject, flow: flow, profile: profile, notification: notification, dialect: dialect,
                createdAt: createdAt)
        }

        static func == (a: Terms, b: Terms) -> Bool {
            a === b
                || a.id == b.id && a.owner == b.owner && a.subject == b.subject && a.flow == b.flow && a.profile == b.profile
                    && a.notification == b.notification && a.dialect == b.dialect && a.createdAt == b.createdAt
        }

        /// Sessions with the same id differ at most in their progress.
        func hash(into hasher: inout Hasher) {
            hasher.combine(id)
        }
    }
}
