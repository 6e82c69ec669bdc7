import NIOCore

/// The life of a connection, without any I/O: the current phase and the next deadline.
struct ConnectionState {
    /// A request that the handler passed on, and its answer.
    struct Exchange {
        /// The bytes of the body that are still to come; `nil` if the request does not declare a length.
        var remaining: Int?
        /// Whether the client waits for an interim answer.
        var awaitsContinue: Bool
        let keepsAlive: Bool
        let isOld: Bool
        let since: NIODeadline
        /// Whether the whole request has arrived.
        var hasEnded = false
        /// Whether the head of the answer is written.
        var isAnswering = false
        /// Whether the whole answer is written.
        var isAnswered = false
        /// The bytes of the body that arrived after the answer.
        var rest = 0
        /// Whether the connection ends with this answer.
        var isLast = false

        init(_ head: RequestHead, now: NIODeadline) {
            remaining = head.length
            awaitsContinue = head.awaitsContinue
            keepsAlive = head.keepsAlive
            isOld = head.isOld
            since = now
        }

        /// Whether the connection must end because too much of the body is unread, or may never arrive.
        var leavesTooMuch: Bool {
            guard !hasEnded else { return false }
            return awaitsContinue || (remaining ?? .max) > ConnectionRules.largestRest
        }
    }

    enum Phase {
        /// Between requests.
        case idle
        case exchange(Exchange)
        /// The last answer is written; the handler discards further input until `until`.
        case closing(until: NIODeadline)
    }

    /// The action that is due now.
    enum Due {
        case nothing(until: NIODeadline?)
        case close
        /// The body did not arrive in time.
        case refuseBody
    }

    let rules: ConnectionRules
    var phase = Phase.idle
    /// The time when the connection opened, or when the last answer was written.
    var lastActivity: NIODeadline
    /// Whether a complete head has arrived.
    var hasSpoken = false
    /// The time when the connection closes, even during a request; set when the server stops.
    var drainsUntil: NIODeadline?
    /// The time since which the socket has accepted no bytes, and the number of bytes that wait.
    var stalled: (since: NIODeadline, bytes: Int)?

    init(_ rules: ConnectionRules, now: NIODeadline) {
        self.rules = rules
        lastActivity = now
    }

    /// - Parameter buffered: the number of bytes that the socket has not accepted yet.
    mutating func due(at now: NIODeadline, buffered: Int) -> Due {
        if let drainsUntil, now >= drainsUntil { return .close }
        var next = drainsUntil
        func by(_ deadline: NIODeadline) { next = min(next ?? deadline, deadline) }
        if let stall = watch(buffered, at: now) {
            guard now < stall else { return .close }
            by(stall)
        }
        switch phase {
        case .idle where buffered > 0: break
        case .idle:
            let deadline = lastActivity + (hasSpoken ? rules.idle : rules.head)
            guard now < deadline else { return .close }
            by(deadline)
        case .exchange(let exchange) where !exchange.hasEnded:
            let deadline = exchange.since + rules.body
            guard now < deadline else { return exchange.isAnswering ? .close : .refuseBody }
            by(deadline)
        case .exchange: break
        case .closing where buffered > 0: break
        case .closing(let until):
            guard now < until else { return .close }
            by(until)
        }
        return .nothing(until: next)
    }

    /// Tracks the socket's progress.
    ///
    /// - Returns: the time when the socket has made no progress for too long; `nil` if no bytes wait to be written.
    private mutating func watch(_ buffered: Int, at now: NIODeadline) -> NIODeadline? {
        guard buffered > 0 else {
            stalled = nil
            return nil
        }
        let since = stalled.map { buffered < $0.bytes ? now : $0.since } ?? now
        stalled = (since, buffered)
        return since + rules.idle
    }
}
