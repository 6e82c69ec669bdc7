import NIOCore

/// The life of a connection, without any I/O: what goes on now, and until when something has to happen.
struct ConnectionState {
    /// A request that was passed on and its answer.
    struct Exchange {
        /// Bytes of the body that are still to come; `nil` where nobody said how many.
        var remaining: Int?
        /// Whether the client waits for an interim answer.
        var awaitsContinue: Bool
        let keepsAlive: Bool
        let isOld: Bool
        let since: NIODeadline
        /// Whether the whole request has come.
        var hasEnded = false
        /// Whether the head of the answer was written.
        var isAnswering = false
        /// Whether the whole answer was written.
        var isAnswered = false
        /// Bytes of the body that came after the answer.
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

        /// Whether the connection has to end because too much of the body is not read, or may never come.
        var leavesTooMuch: Bool {
            guard !hasEnded else { return false }
            return awaitsContinue || (remaining ?? .max) > ConnectionRules.largestRest
        }
    }

    enum Phase {
        /// Between requests.
        case idle
        case exchange(Exchange)
        /// The last answer was written; what still comes is thrown away until `until`.
        case closing(until: NIODeadline)
    }

    /// What has to be done when the time has come.
    enum Due {
        case nothing(until: NIODeadline?)
        case close
        /// The body did not come in time.
        case refuseBody
    }

    let rules: ConnectionRules
    var phase = Phase.idle
    /// When the connection was opened, or the last answer was written.
    var lastActivity: NIODeadline
    /// Whether a whole head has come.
    var hasSpoken = false
    /// When the connection is closed whatever goes on; set when the server stops.
    var drainsUntil: NIODeadline?
    /// Since when the socket has taken nothing of what is to be written, and how much that was.
    var stalled: (since: NIODeadline, bytes: Int)?

    init(_ rules: ConnectionRules, now: NIODeadline) {
        self.rules = rules
        lastActivity = now
    }

    /// - Parameter buffered: bytes that the socket has not taken yet.
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

    /// Follows what the socket takes.
    ///
    /// - Returns: when it has taken nothing for too long; `nil` where nothing waits to be written.
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
