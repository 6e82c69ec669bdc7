public import QualityOnDemand

/// The body of extendQosSessionDuration (schema ExtendSessionDuration).
public struct ExtendSessionDuration: Hashable, Sendable {
    /// In seconds.
    public var requestedAdditionalDuration: Int

    public init(requestedAdditionalDuration: Int) {
        self.requestedAdditionalDuration = requestedAdditionalDuration
    }

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        requestedAdditionalDuration = try object.required("requestedAdditionalDuration") { node throws(InvalidValue) in
            try node.integer(in: 1...2_147_483_647)
        }
        try object.finish()
    }

    public func write(to json: inout JSONWriter) {
        json.object { $0.write("requestedAdditionalDuration", requestedAdditionalDuration) }
    }
}

/// The body of retrieveSessionsByDevice (schema RetrieveSessionsInput).
public struct RetrieveSessionsInput: Hashable, Sendable {
    /// Absent if the access token names the device.
    public var device: Device?

    public init(device: Device?) {
        self.device = device
    }

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.init)
        try object.finish()
    }

    public func write(to json: inout JSONWriter) {
        json.object { $0.write("device", device) { $1.write(to: &$0) } }
    }
}
