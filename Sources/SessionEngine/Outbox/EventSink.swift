/// Delivers events to their targets.
public protocol EventSink: Sendable {
    /// One attempt to deliver an event to its target.
    ///
    /// The call must return within a bounded time, even if the other side hangs, and soon after its task was
    /// cancelled. The courier may call again for the same event at any time, also after a delivery.
    func deliver(_ event: SessionEvent) async -> DeliveryOutcome
}

/// The outcome of one attempt.
public enum DeliveryOutcome: Hashable, Sendable {
    case delivered
    /// A later attempt may work; not before `after`, if the other side asked for that pause.
    case retry(DeliveryProblem, after: Duration? = nil)
    /// No later attempt will work.
    case stop(DeliveryProblem)
}

/// Why an event did not arrive. Of the other side's answer, only the status is included.
public enum DeliveryProblem: Hashable, Sendable {
    /// The host name has no address now.
    case unknownHost
    /// The platform does not send events to the sink's address.
    case addressNotAllowed
    /// The platform does not send events to a sink of this scheme or form.
    case sinkNotAllowed
    case unreachable
    case timeout
    case tls
    /// The proxy could not be reached, or makes no connection to the sink.
    case proxy
    /// The connection ended before there was an answer.
    case closed
    /// The answer is not HTTP, or too long.
    case badAnswer
    case status(Int)
    /// The sink says that it is gone (410).
    case gone
    case tokenExpired
    /// The platform got no token for the sink.
    case noToken
    /// The event was not delivered before its deadline.
    case overdue

    /// A short word for the problem.
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

    /// Whether the host answered. If it did not, attempts for other events at the same host are likely to fail too.
    /// `nil` if the host was not asked.
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
