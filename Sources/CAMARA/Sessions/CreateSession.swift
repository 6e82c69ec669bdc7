public import QualityOnDemand

/// The body of createSession (schema CreateSession).
public struct CreateSession: Hashable, Sendable {
    public var device: Device?
    public var flow: Flow
    public var qosProfile: QoSProfileName
    /// In seconds, 1 to 2,147,483,647. The limits of the profile are checked later.
    public var duration: Int
    public var sink: String?
    public var sinkCredential: SinkCredentialInput?

    public init(
        device: Device?, flow: Flow, qosProfile: QoSProfileName, duration: Int, sink: String? = nil,
        sinkCredential: SinkCredentialInput? = nil
    ) {
        self.device = device
        self.flow = flow
        self.qosProfile = qosProfile
        self.duration = duration
        self.sink = sink
        self.sinkCredential = sinkCredential
    }

    /// - Throws: ``QualityOnDemand/InvalidValue`` with the path of the first property that does not fit.
    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        device = try object.optional("device", Device.init)
        let applicationServer = try object.required("applicationServer", ApplicationServer.init)
        let devicePorts = try object.optional("devicePorts", PortsSpec.init)
        let applicationServerPorts = try object.optional("applicationServerPorts", PortsSpec.init)
        flow = Flow(
            applicationServer: applicationServer, applicationServerPorts: applicationServerPorts, devicePorts: devicePorts)
        qosProfile = try object.required("qosProfile", QoSProfileName.init)
        sink = try object.optionalString("sink", upTo: 2048)
        sinkCredential = try object.optional("sinkCredential", SinkCredentialInput.init)
        duration = try object.required("duration") { node throws(InvalidValue) in try node.integer(in: 1...2_147_483_647) }
        try object.finish()
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("device", device) { $1.write(to: &$0) }
            json.name("applicationServer")
            flow.applicationServer.write(to: &json)
            json.write("devicePorts", flow.devicePorts) { $1.write(to: &$0) }
            json.write("applicationServerPorts", flow.applicationServerPorts) { $1.write(to: &$0) }
            json.write("qosProfile", qosProfile.description)
            json.write("sink", sink)
            json.write("sinkCredential", sinkCredential) { $1.write(to: &$0) }
            json.write("duration", duration)
        }
    }
}

extension QoSProfileName {
    init(_ node: JSONNode) throws(InvalidValue) {
        try self.init(try node.string(upTo: 256))
    }
}

/// The credential that a client gives for its sink (schema SinkCredential).
public enum SinkCredentialInput: Hashable, Sendable {
    case accessToken(String, expiresAt: Timestamp)
    /// The provider gets its tokens itself, and signs its requests with a key agreed on beforehand.
    case privateKeyJWT(clientID: String?, tokenURI: String?)

    private enum CredentialType: String, CaseIterable {
        case accessToken = "ACCESSTOKEN"
        case privateKeyJWT = "PRIVATE_KEY_JWT"
    }

    init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        let type = try object.required("credentialType") { node throws(InvalidValue) in try node.choice(of: CredentialType.self) }
        switch type {
        case .accessToken:
            let token = try object.required("accessToken") { node throws(InvalidValue) in try node.string(upTo: 4096) }
            let expiresAt = try object.required("accessTokenExpiresUtc") { node throws(InvalidValue) in
                let text = try node.string(upTo: 64)
                guard let time = try? Timestamp(rfc3339: text) else {
                    throw InvalidValue("is not a date-time with time zone, such as 2026-06-01T12:00:00Z (RFC 3339)")
                }
                return time
            }
            _ = try object.required("accessTokenType", Self.bearer)
            self = .accessToken(token, expiresAt: expiresAt)
        case .privateKeyJWT:
            let clientID = try object.optionalString("clientId", upTo: 128)
            let tokenURI = try object.optionalString("tokenUri", upTo: 2048)
            _ = try object.optionalString("jwksUri", upTo: 2048)
            self = .privateKeyJWT(clientID: clientID, tokenURI: tokenURI)
        }
        try object.finish()
    }

    private static func bearer(_ node: JSONNode) throws(InvalidValue) {
        let type = try node.string(upTo: 64)
        // The name of a token type is compared without case (RFC 6749, 5.1); providers and libraries write Bearer.
        guard type.lowercased() == "bearer" else {
            // The message repeats neither the type here nor the time above: a client that mixes up the fields
            // would get its token back.
            throw InvalidValue("is not a supported type of token; only bearer is", kind: .token)
        }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .accessToken(let token, let expiresAt):
                json.write("credentialType", CredentialType.accessToken.rawValue)
                json.write("accessToken", token)
                json.write("accessTokenExpiresUtc", expiresAt)
                json.write("accessTokenType", "bearer")
            case .privateKeyJWT(let clientID, let tokenURI):
                json.write("credentialType", CredentialType.privateKeyJWT.rawValue)
                json.write("clientId", clientID)
                json.write("tokenUri", tokenURI)
            }
        }
    }
}

extension SinkCredentialInput: CustomStringConvertible, CustomReflectable {
    /// A description without the secret.
    public var description: String {
        switch self {
        case .accessToken(_, let expiresAt): "access token, redacted, expires \(expiresAt)"
        case .privateKeyJWT(let clientID, _): "private key JWT of \(clientID ?? "the configured client")"
        }
    }
    public var customMirror: Mirror { Mirror(self, children: ["credential": description]) }
}
