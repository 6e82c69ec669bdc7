/// The life cycle:
///
///     requested ──ready──▶ available ──expired | deleted | network ended──▶ unavailable(reason) ──▶ gone
///         └──────────────failed | deleted──────────────────────────────────────▲
///
/// There is one function for each event. Each function may be called in any state and any number of times:
/// an event that no longer applies changes nothing and returns no action. Whether the network must program the session
/// (``Session/isUnapplied``) and when time changes it (``Session/deadline``) follow from its state, so they are no
/// actions. Time is a parameter. No function
/// here waits or makes a call.
extension Session {
    /// Times that the operator may set, all in seconds.
    public struct Timing: Hashable, Sendable {
        /// The longest wait for the network's answer. After this time, the request is given up.
        public var giveUpAfter: Int
        /// The time for which a session stays readable after the network ended it: 360 s at least
        /// (CAMARA, createSession).
        public var readableAfterEnd: Int

        public init(giveUpAfter: Int = 300, readableAfterEnd: Int = 360) {
            self.giveUpAfter = giveUpAfter
            self.readableAfterEnd = readableAfterEnd
        }
    }

    /// A client asks for a session. The session is stored before the network is called, with the
    /// intent to be in the network.
    public static func requested(
        id: SessionID, by owner: ClientID, for subject: Subject, flow: Flow, profile: QoSProfileName, duration: Int,
        notification: NotificationTarget? = nil, dialect: Dialect = .v1, at now: Timestamp, timing: Timing = Timing()
    ) -> Session {
        let giveUpAt = now.adding(seconds: timing.giveUpAfter)
        return Session(
            id: id, owner: owner, subject: subject, flow: flow, profile: profile, notification: notification,
            dialect: dialect, createdAt: now, duration: duration, progress: .requested(giveUpAt: giveUpAt), placement: Placement(site: subject.site))
    }

    /// The network has programmed the flow.
    public mutating func networkBecameReady(at now: Timestamp) -> [SessionAction] {
        guard case .requested = progress else { return [] }
        if isAssignment {
            progress = .available(startedAt: now, expiresAt: .never)
            return [notice(at: now)]
        }
        let expiresAt = now.adding(seconds: duration)
        progress = .available(startedAt: now, expiresAt: expiresAt)
        return [notice(at: now)]
    }

    /// The network refused the flow, or ended it later. The session stays readable for a while.
    ///
    /// - Parameters:
    ///   - site: The site whose network ended the flow; `nil` for the session's own site.
    ///   - generation: The generation that the network ended; `nil` for the present one. The end of an older generation
    ///     changes nothing.
    ///   - reason: The reason for the client and its operator, kept as ``networkReason``.
    public mutating func networkEnded(
        at now: Timestamp, timing: Timing = Timing(), site: SiteName? = nil, generation: Int64? = nil, reason: String? = nil
    ) -> [SessionAction] {
        guard wantsNetwork, site ?? self.site == self.site, generation ?? self.generation >= self.generation else { return [] }
        networkReason = reason.map { String($0.prefix(Self.maximumReasonLength)) }
        let readableUntil = now.adding(seconds: timing.readableAfterEnd)
        end(.networkTerminated, at: now, readableUntil: readableUntil)
        return [notice(at: now), .release]
    }

    /// The owner deletes the session. Clients can no longer read it, and it is erased when the network has released
    /// the flow. An assignment stays readable for a while.
    public mutating func deleted(at now: Timestamp, timing: Timing = Timing()) -> [SessionAction] {
        switch progress {
        case .requested where isAssignment, .available where isAssignment:
            let readableUntil = now.adding(seconds: timing.readableAfterEnd)
            end(.deleteRequested, at: now, readableUntil: readableUntil)
            return [notice(at: now), .release]
        case .requested, .available:
            end(.deleteRequested, at: now, readableUntil: nil)
            return [notice(at: now), .release]
        case .unavailable(let info, let startedAt, let endedAt, .some):
            progress = .unavailable(info, startedAt: startedAt, endedAt: endedAt, readableUntil: nil)
            return inNetwork ? [.release] : [.erase]
        case .unavailable(_, _, _, nil):
            return []
        }
    }

    /// A deadline has come. Before the session's own deadline, nothing happens.
    ///
    /// - Parameter reason: Kept as ``networkReason`` if the session is given up because the network did not answer.
    public mutating func deadlinePassed(
        at now: Timestamp, timing: Timing = Timing(), reason: String? = nil
    ) -> [SessionAction] {
        guard let deadline, deadline <= now else { return [] }
        switch progress {
        case .requested:
            return networkEnded(at: now, timing: timing, reason: reason)
        case .available(_, let expiresAt):
            // The session ended at its deadline, even if a restart delays this event.
            end(.durationExpired, at: expiresAt, readableUntil: nil)
            return [notice(at: expiresAt), .release]
        case .unavailable:
            return deleted(at: now)
        }
    }

    /// The owner asks for more time. The total is cut off at `limit` seconds, and the duration never gets shorter.
    ///
    /// - Throws: ``ExtensionNotAllowed`` unless the session is available.
    public mutating func extended(by seconds: Int, limit: Int, at now: Timestamp) throws(ExtensionNotAllowed) {
        guard case .available(let startedAt, _) = progress, isExtendable(at: now) else {
            throw ExtensionNotAllowed(status: status)
        }
        let (sum, overflow) = duration.addingReportingOverflow(seconds)
        duration = max(duration, overflow ? limit : min(sum, limit))
        let later = startedAt.adding(seconds: duration)
        progress = .available(startedAt: startedAt, expiresAt: later)
    }

    /// Whether the session can be extended: it is available and has not expired.
    public func isExtendable(at now: Timestamp) -> Bool {
        if case .available(_, let expiresAt) = progress { now < expiresAt } else { false }
    }

    private mutating func end(_ info: StatusInfo, at now: Timestamp, readableUntil: Timestamp?) {
        let startedAt = self.startedAt
        if let startedAt {
            duration = max(Int(now.since(startedAt).components.seconds), 1)
        } else {
            duration = 1  // the session never ran; 1 is the API's least value
        }
        progress = .unavailable(info, startedAt: startedAt, endedAt: now, readableUntil: readableUntil)
    }

    private func notice(at time: Timestamp) -> SessionAction {
        let reason = statusInfo == .networkTerminated ? networkReason : nil
        return .notify(StatusChange(status: status, info: statusInfo, time: time, reason: reason))
    }
}

/// Only an available session can be extended.
public struct ExtensionNotAllowed: Error, Hashable, Sendable {
    /// The actual status of the session.
    public let status: QoSStatus
}
