/// What clients are told of a session.
extension Session {
    public var status: QoSStatus {
        switch progress {
        case .requested: .requested
        case .available: .available
        case .unavailable: .unavailable
        }
    }

    /// Why it is unavailable; `nil` unless it is.
    public var statusInfo: StatusInfo? {
        if case .unavailable(let info, _, _, _) = progress { info } else { nil }
    }

    /// When it became available, if it ever did.
    public var startedAt: Timestamp? {
        switch progress {
        case .requested: nil
        case .available(let startedAt, _): startedAt
        case .unavailable(_, let startedAt, _, _): startedAt
        }
    }

    /// When it will end or has ended; `nil` while requested, and where it has no end.
    public var expiresAt: Timestamp? {
        switch progress {
        case .requested: nil
        case .available where isAssignment: nil
        case .available(_, let expiresAt): expiresAt
        case .unavailable(_, _, let endedAt, _): endedAt
        }
    }

    /// Whether clients see it: not once it was deleted, has expired, or its time to be read is over.
    public func isReadable(at now: Timestamp) -> Bool {
        switch progress {
        case .requested, .available: true
        case .unavailable(_, _, _, let readableUntil): readableUntil.map { now < $0 } ?? false
        }
    }

    /// Whether the network shall serve its flow.
    public var wantsNetwork: Bool {
        switch progress {
        case .requested, .available: true
        case .unavailable: false
        }
    }

    /// Whether it keeps other sessions off its flow: while it lives, and for as long as it can be read afterwards.
    public var blocksItsFlow: Bool {
        switch progress {
        case .requested, .available: true
        // Whoever revokes an assignment may make the next at once, though the old one can still be read.
        case .unavailable(.deleteRequested, _, _, _): false
        case .unavailable: isKept
        }
    }

    /// Whether it is to be kept for clients to read, now or until some time.
    var isKept: Bool {
        switch progress {
        case .requested, .available: true
        case .unavailable(_, _, _, let readableUntil): readableUntil != nil
        }
    }

    /// The next moment at which time alone changes it; `nil` where nothing waits for time.
    public var deadline: Timestamp? {
        switch progress {
        case .requested(let giveUpAt): giveUpAt
        case .available where isAssignment: nil
        case .available(_, let expiresAt): expiresAt
        case .unavailable(_, _, _, let readableUntil): readableUntil
        }
    }
}
