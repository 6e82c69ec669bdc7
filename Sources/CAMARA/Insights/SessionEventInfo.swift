public import QualityOnDemand

/// An event of a session with the progress of its delivery. This platform's
/// `/insights/v1/sessions/{sessionId}/events` answers with it.
public struct SessionEventInfo: Hashable, Sendable {
    /// The CloudEvent's id.
    public var id: String
    public var time: Timestamp
    public var qosStatus: QoSStatus
    public var statusInfo: StatusInfo?
    /// Why the network refused or ended the session, for people; absent if no reason is known.
    public var reason: String?
    /// Absent if the session has no sink.
    public var delivery: Delivery?
    public var attempts: Int
    /// The outcome of the last attempt, in a short word such as `delivered`, `timeout` or `status-503`.
    public var lastOutcome: String?
    public var nextAttemptAt: Timestamp?

    /// The progress of an event's delivery.
    public enum Delivery: String, CaseIterable, Hashable, Sendable {
        case pending
        case delivered
        /// The delivery was given up.
        case stopped
    }

    public init(
        id: String, time: Timestamp, qosStatus: QoSStatus, statusInfo: StatusInfo?, reason: String? = nil,
        delivery: Delivery?, attempts: Int, lastOutcome: String?, nextAttemptAt: Timestamp?
    ) {
        self.id = id
        self.time = time
        self.qosStatus = qosStatus
        self.statusInfo = statusInfo
        self.reason = reason
        self.delivery = delivery
        self.attempts = attempts
        self.lastOutcome = lastOutcome
        self.nextAttemptAt = nextAttemptAt
    }

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        id = try object.required("id") { node throws(InvalidValue) in try node.string(upTo: 256) }
        time = try object.required("time", Timestamp.init)
        qosStatus = try object.required("qosStatus") { node throws(InvalidValue) in try node.choice(of: QoSStatus.self) }
        statusInfo = try object.optionalChoice("statusInfo", of: StatusInfo.self)
        reason = try object.optionalString("reason", upTo: 1024)
        delivery = try object.optionalChoice("delivery", of: Delivery.self)
        attempts = try object.required("attempts") { node throws(InvalidValue) in try node.integer(in: 0...2_147_483_647) }
        lastOutcome = try object.optionalString("lastOutcome", upTo: 64)
        nextAttemptAt = try object.optional("nextAttemptAt", Timestamp.init)
        try object.finish()
    }

    /// Reads the list in an answer.
    public static func list(_ node: JSONNode) throws(InvalidValue) -> [SessionEventInfo] {
        try node.array(of: 0...100_000, SessionEventInfo.init)
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("id", id)
            json.write("time", time)
            json.write("qosStatus", qosStatus.rawValue)
            json.write("statusInfo", statusInfo?.rawValue)
            json.write("reason", reason)
            json.write("delivery", delivery?.rawValue)
            json.write("attempts", attempts)
            json.write("lastOutcome", lastOutcome)
            json.write("nextAttemptAt", nextAttemptAt)
        }
    }
}
