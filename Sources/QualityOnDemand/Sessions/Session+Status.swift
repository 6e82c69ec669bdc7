/// The state of a session as clients see it.
extension Session {
    public var status: QoSStatus {
        switch progress {
        case .requested: .requested
        case .available: .available
        case .unavailable: .unavailable
        }
    }

    /// Why the session is unavailable; `nil` if it has another status.
    public var statusInfo: StatusInfo? {
        if case .unavailable(let info, _, _, _) = progress { info } else { nil }
    }

    /// When the session became available; `nil` if it never did.
    public var startedAt: Timestamp? {
        switch progress {
        case .requested: nil
        case .available(let startedAt, _): startedAt
        case .unavailable(_, let startedAt, _, _): startedAt
        }
    }

    /// When the session will end or ended; `nil` while the session is requested or has no end.
    public var expiresAt: Timestamp? {
        switch progress {
        case .requested: nil
        case .available where isAssignment: nil
        case .available(_, let expiresAt): expiresAt
        case .unavailable(_, _, let endedAt, _): endedAt
        }
    }

    /// Whether clients can read the session. They cannot once it was deleted, has expired, or its
    /// readable time has passed.
    public func isReadable(at now: Timestamp) -> Bool {
        switch progress {
        case .requested, .available: true
        case .unavailable(_, _, _, let readableUntil): readableUntil.map { now < $0 } ?? false
        }
    }

    /// Whether the flow should be programmed in the network.
    public var wantsNetwork: Bool {
        switch progress {
        case .requested, .available: true
        case .unavailable: false
        }
    }

    /// Whether the session keeps other sessions off its flow: while it lives, and afterwards
    /// as long as it can be read.
    public var blocksItsFlow: Bool {
        switch progress {
        case .requested, .available: true
        // A client that revokes an assignment may create the next one at once, though the old one can still be read.
        case .unavailable(.deleteRequested, _, _, _): false
        case .unavailable: isKept
        }
    }

    /// Whether the session is kept for clients to read, now or until some time.
    var isKept: Bool {
        switch progress {
        case .requested, .available: true
        case .unavailable(_, _, _, let readableUntil): readableUntil != nil
        }
    }

    /// The next moment at which time alone changes the session; `nil` if the session does not wait for time.
    public var deadline: Timestamp? {
        switch progress {
        case .requested(let giveUpAt): giveUpAt
        case .available where isAssignment: nil
        case .available(_, let expiresAt): expiresAt
        case .unavailable(_, _, _, let readableUntil): readableUntil
        }
    }
}
