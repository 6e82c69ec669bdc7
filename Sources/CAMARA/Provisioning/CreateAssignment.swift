public import QualityOnDemand

/// The body of createQosAssignment (schema CreateAssignment).
public struct CreateAssignment: Hashable, Sendable {
    /// Absent if the access token names the device.
    public var device: Device?
    public var qosProfile: QoSProfileName
    public var sink: String?
    public var sinkCredential: SinkCredentialInput?

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.init)
        qosProfile = try object.required("qosProfile", QoSProfileName.init)
        sink = try object.optionalString("sink", upTo: 2048)
        sinkCredential = try object.optional("sinkCredential", SinkCredentialInput.init)
        try object.finish()
    }
}

/// The body of getQosAssignmentByDevice (schema RetrieveAssignmentByDevice).
public struct RetrieveAssignmentByDevice: Hashable, Sendable {
    /// Absent if the access token names the device.
    public var device: Device?

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.init)
        try object.finish()
    }
}
