/// Takes events to where they are wanted.
public protocol EventSink: Sendable {
    /// One attempt to deliver an event to its target.
    ///
    /// Must return within a bounded time, whatever the other side does, and soon after its task was cancelled. It may be called
    /// again for the same event at any time, also after it was delivered.
    func deliver(_ event: SessionEvent) async -> DeliveryOutcome
}

/// What became of one attempt.
public enum DeliveryOutcome: Hashable, Sendable {
    case delivered
    /// It may work later; not before `after`, where the other side asked for that.
    case retry(DeliveryProblem, after: Duration? = nil)
    /// It will never work.
    case stop(DeliveryProblem)
}

/// Why an event did not arrive; says nothing of what the other side answered but its status.
public enum DeliveryProblem: Hashable, Sendable {
    /// Its name stands for no address now.
    case unknownHost
    /// Its address is one that events may not go to.
    case addressNotAllowed
    /// Its scheme or form is one that events may not go to.
    case sinkNotAllowed
    case unreachable
    case timeout
    case tls
    /// The proxy could not be reached, or makes no connection to the sink.
    case proxy
    /// The connection ended before there was an answer.
    case closed
    /// What came is no HTTP, or too long.
    case badAnswer
    case status(Int)
    /// The sink says that it is no more (410).
    case gone
    case tokenExpired
    /// No token could be got for the sink.
    case noToken
    /// It was not delivered in all the time that there is for it.
    case overdue

    /// A short word for it.
    public var word: String {
        switch self {
        case .unknownHost: "unknown-host"
        case .addressNotAllowed: "address-not-allowed"
        case .sinkNotAllowed: "sink-not-allowed"
        case .unreachable: "unreachable"
        case .timeout: "timeout"
        case .tls: "tls"
        case .proxy: "proxy"
        case .closed: "closed"
        case .badAnswer: "bad-answer"
        case .status(let code): "status-\(code)"
        case .gone: "gone"
        case .tokenExpired: "token-expired"
        case .noToken: "no-token"
        case .overdue: "overdue"
        }
    }

    /// Whether the host answered: where it did not, others at the same host will hardly fare better. `nil` where it was
    /// not asked.
    public var foundSomebody: Bool? {
        switch self {
        case .unknownHost, .addressNotAllowed, .unreachable, .timeout, .tls, .proxy, .closed, .badAnswer: false
        case .status, .gone: true
        case .sinkNotAllowed, .tokenExpired, .noToken, .overdue: nil
        }
    }

    /// Whether the session's later events will not arrive either.
    public var endsSink: Bool {
        switch self {
        case .gone, .tokenExpired, .sinkNotAllowed: true
        default: false
        }
    }
}
