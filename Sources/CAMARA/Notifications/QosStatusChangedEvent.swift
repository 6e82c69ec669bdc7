public import QualityOnDemand

/// A status change in the form that sinks receive: a CloudEvent (schema EventQosStatusChanged).
public struct QosStatusChangedEvent: Hashable, Sendable {
    /// The content type of a CloudEvent in structured JSON.
    public static let contentType = "application/cloudevents+json"
    /// The type of this event in version 1 of the API.
    public static let type = "org.camaraproject.quality-on-demand.v1.qos-status-changed"

    /// Unique to the event, the same at every attempt to deliver it.
    public var id: String
    /// The sender of the event, a URI reference.
    public var source: String
    public var type: String
    public var time: Timestamp
    public var sessionID: String
    public var qosStatus: QoSStatus
    public var statusInfo: StatusInfo?

    public init(
        id: String, source: String, type: String = Self.type, time: Timestamp, sessionID: String, qosStatus: QoSStatus,
        statusInfo: StatusInfo?
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.time = time
        self.sessionID = sessionID
        self.qosStatus = qosStatus
        self.statusInfo = statusInfo
    }

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        id = try object.required("id") { node throws(InvalidValue) in try node.string(upTo: 256) }
        source = try object.required("source") { node throws(InvalidValue) in try node.string(upTo: 2048) }
        type = try object.required("type") { node throws(InvalidValue) in try node.string(upTo: 512) }
        let version = try object.required("specversion") { node throws(InvalidValue) in try node.string(upTo: 8) }
        guard version == "1.0" else {
            throw InvalidValue("\"\(Excerpt.of(version))\" is not a supported version; only 1.0 is").at("specversion")
        }
        time = try object.required("time", Timestamp.init)
        _ = object.take("datacontenttype")
        let data = try object.required("data") { node throws(InvalidValue) in try Self.data(node) }
        (sessionID, qosStatus, statusInfo) = data
        try object.finish()
    }

    private static func data(_ node: JSONNode) throws(InvalidValue) -> (String, QoSStatus, StatusInfo?) {
        var object = try JSONObject(node)
        let sessionID = try object.required("sessionId") { node throws(InvalidValue) in try node.string(upTo: 256) }
        let status = try object.required("qosStatus") { node throws(InvalidValue) in try node.choice(of: QoSStatus.self) }
        let info = try object.optionalChoice("statusInfo", of: StatusInfo.self)
        try object.finish()
        return (sessionID, status, info)
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("id", id)
            json.write("source", source)
            json.write("type", type)
            json.write("specversion", "1.0")
            json.write("datacontenttype", "application/json")
            json.write("time", time)
            json.name("data")
            json.object { json in
                json.write("sessionId", sessionID)
                json.write("qosStatus", qosStatus.rawValue)
                json.write("statusInfo", statusInfo?.rawValue)
            }
        }
    }
}
