public import QualityOnDemand

/// The body of retrieveQoSProfiles (schema QosProfileDeviceRequest); each part narrows the answer.
public struct QosProfileDeviceRequest: Hashable, Sendable {
    public var device: Device?
    public var name: QoSProfileName?
    public var status: QoSProfile.Status?

    public init(device: Device? = nil, name: QoSProfileName? = nil, status: QoSProfile.Status? = nil) {
        self.device = device
        self.name = name
        self.status = status
    }

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.init)
        name = try object.optional("name", QoSProfileName.init)
        status = try object.optionalChoice("status", of: QoSProfile.Status.self)
        try object.finish()
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("device", device) { $1.write(to: &$0) }
            json.write("name", name?.description)
            json.write("status", status?.rawValue)
        }
    }
}
