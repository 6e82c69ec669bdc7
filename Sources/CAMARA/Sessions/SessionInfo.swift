public import QualityOnDemand

/// A session in an answer (schema SessionInfo).
public struct SessionInfo: Hashable, Sendable {
    /// The one identifier that the request used; absent if the access token named the device.
    public var device: Device?
    public var flow: Flow
    public var qosProfile: String
    public var sink: String?
    /// A UUID, in the provider's spelling.
    public var sessionID: String
    /// In seconds.
    public var duration: Int
    public var startedAt: Timestamp?
    public var expiresAt: Timestamp?
    public var qosStatus: QoSStatus
    public var statusInfo: StatusInfo?

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.init)
        let applicationServer = try object.required("applicationServer", ApplicationServer.init)
        let devicePorts = try object.optional("devicePorts", PortsSpec.init)
        let applicationServerPorts = try object.optional("applicationServerPorts", PortsSpec.init)
        flow = Flow(
            applicationServer: applicationServer, applicationServerPorts: applicationServerPorts, devicePorts: devicePorts)
        qosProfile = try object.required("qosProfile") { node throws(InvalidValue) in try node.string(upTo: 256) }
        sink = try object.optionalString("sink", upTo: 2048)
        sessionID = try object.required("sessionId") { node throws(InvalidValue) in try node.string(upTo: 256) }
        duration = try object.required("duration") { node throws(InvalidValue) in try node.integer(in: 0...2_147_483_647) }
        startedAt = try object.optional("startedAt", Timestamp.init)
        expiresAt = try object.optional("expiresAt", Timestamp.init)
        qosStatus = try object.required("qosStatus") { node throws(InvalidValue) in try node.choice(of: QoSStatus.self) }
        statusInfo = try object.optionalChoice("statusInfo", of: StatusInfo.self)
        _ = object.take("sinkCredential")  // some providers repeat its public part
        try object.finish()
    }

    /// Reads the answer of retrieveSessionsByDevice.
    public static func list(_ node: JSONNode) throws(InvalidValue) -> [SessionInfo] {
        try node.array(of: 0...100_000, SessionInfo.init)
    }
}

extension Timestamp {
    init(_ node: JSONNode) throws(InvalidValue) {
        try self.init(rfc3339: try node.string(upTo: 64))
    }
}

/// This platform's answer with a session, written from the session itself, without a ``SessionInfo`` between.
extension Session {
    /// Writes the schema SessionInfo of `/quality-on-demand/v1`.
    public func writeSessionInfo(to json: inout JSONWriter) {
        json.object { json in
            json.write("device", subject.device) { $1.write(only: subject.identifiedBy, to: &$0) }
            json.name("applicationServer")
            flow.applicationServer.write(to: &json)
            json.write("devicePorts", flow.devicePorts) { $1.write(to: &$0) }
            json.write("applicationServerPorts", flow.applicationServerPorts) { $1.write(to: &$0) }
            json.write("qosProfile", profile.description)
            json.write("sink", notification?.sink)
            json.write("sessionId", id.description)
            json.write("duration", duration)
            json.write("startedAt", startedAt)
            json.write("expiresAt", expiresAt)
            json.write("qosStatus", status.rawValue)
            json.write("statusInfo", statusInfo?.rawValue)
        }
    }
}
