public import QualityOnDemand

/// The body of createSession in the older dialect, `/qod/v0`.
public struct CreateSessionV0: Hashable, Sendable {
    /// The duration of a session in seconds, if the request gives none.
    public static let usualDuration = 86_400

    /// Absent if the access token names the device.
    public var device: Device?
    public var flow: Flow
    public var qosProfile: QoSProfileName
    /// In seconds, 1 to 86,400.
    public var duration: Int
    public var webhook: Webhook?

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.v0)
        let applicationServer = try object.required("applicationServer", ApplicationServer.v0)
        let devicePorts = try object.optional("devicePorts", PortsSpec.init)
        let applicationServerPorts = try object.optional("applicationServerPorts", PortsSpec.init)
        flow = Flow(
            applicationServer: applicationServer, applicationServerPorts: applicationServerPorts, devicePorts: devicePorts)
        qosProfile = try object.required("qosProfile", QoSProfileName.init)
        duration = try object.optional("duration") { node throws(InvalidValue) in
            try node.integer(in: 1...Self.usualDuration, kind: .outOfRange)
        } ?? Self.usualDuration
        webhook = try object.optional("webhook", Webhook.init)
        try object.finish()
    }

    /// The receiver of a session's events.
    public struct Webhook: Hashable, Sendable {
        public var notificationURL: String
        /// A bearer token, without the word before it.
        public var notificationAuthToken: String?

        init(_ node: JSONNode) throws(InvalidValue) {
            var object = try JSONObject(node)
            notificationURL = try object.required("notificationUrl") { node throws(InvalidValue) in try node.string(upTo: 2048) }
            notificationAuthToken = try object.optional("notificationAuthToken", Self.token)
            try object.finish()
        }

        /// Nokia's SDKs send `Bearer` and the token. Their code that is generated from the
        /// specification sends only the token.
        private static func token(_ node: JSONNode) throws(InvalidValue) -> String {
            let text = try node.string(upTo: 256)
            guard text.unicodeScalars.count >= 20 else {
                throw InvalidValue("is too short; a token of 20 to 256 characters is needed", kind: .credential)
            }
            guard text.prefix(7).lowercased() == "bearer " else { return text }
            return String(text.dropFirst(7).drop { $0 == " " })
        }
    }
}

extension CreateSessionV0.Webhook: CustomStringConvertible, CustomReflectable {
    /// A description without the secret.
    public var description: String { "\(notificationURL), \(notificationAuthToken == nil ? "without a token" : "token redacted")" }
    public var customMirror: Mirror { Mirror(self, children: ["webhook": description]) }
}

/// The body of retrieveSessions in the older dialect.
public struct RetrieveSessionsV0: Hashable, Sendable {
    /// Absent if the access token names the device.
    public var device: Device?

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.v0)
        try object.finish()
    }
}

/// The body of extendQosSessionDuration in the older dialect.
public struct ExtendSessionV0: Hashable, Sendable {
    /// In seconds, 1 to 86,399.
    public var requestedAdditionalDuration: Int

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        requestedAdditionalDuration = try object.required("requestedAdditionalDuration") { node throws(InvalidValue) in
            try node.integer(in: 1...86_399, kind: .outOfRange)
        }
        try object.finish()
    }
}

extension Device {
    /// A phone number may lack its "+". The property `imsi`, which Nokia's SDKs send if they know it, is ignored.
    static func v0(_ node: JSONNode) throws(InvalidValue) -> Device {
        var object = try JSONObject(node)
        let phoneNumber = try object.optional("phoneNumber") { node throws(InvalidValue) in
            try PhoneNumber(adding: try node.string(upTo: 16))
        }
        let networkAccessIdentifier = try object.optional("networkAccessIdentifier") { node throws(InvalidValue) in
            try NetworkAccessIdentifier(try node.string(upTo: 2048))
        }
        let ipv4Address = try object.optional("ipv4Address", DeviceIPv4Address.init)
        let ipv6Address = try object.optional("ipv6Address") { node throws(InvalidValue) in
            try DeviceIPv6Address(try node.string(upTo: 45))
        }
        _ = try object.optionalInteger("imsi", in: 0...999_999_999_999_999)
        try object.finish()
        return try Device(
            phoneNumber: phoneNumber, networkAccessIdentifier: networkAccessIdentifier,
            ipv4Address: ipv4Address, ipv6Address: ipv6Address)
    }
}

extension ApplicationServer {
    /// The older dialect has no list of addresses.
    static func v0(_ node: JSONNode) throws(InvalidValue) -> ApplicationServer {
        var object = try JSONObject(node)
        let ipv4Address = try object.optionalString("ipv4Address", upTo: 18)
        let ipv6Address = try object.optionalString("ipv6Address", upTo: 49)
        try object.finish()
        guard ipv4Address != nil || ipv6Address != nil else {
            throw InvalidValue("names no service; ipv4Address or ipv6Address is needed")
        }
        return try ApplicationServer(ipv4Address: ipv4Address, ipv6Address: ipv6Address)
    }
}
