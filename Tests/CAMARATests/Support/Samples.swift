import CAMARA
import QualityOnDemand

/// A document of each kind, with every property.
enum Sample {
    static let device = JSONValue.text(#"""
        {"phoneNumber": "+99999991000", "networkAccessIdentifier": "device-1000@testcsp.net",
         "ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.1", "publicPort": 1000},
         "ipv6Address": "2001:db8:45::1000"}
        """#)

    static let accessToken = JSONValue.text(#"""
        {"credentialType": "ACCESSTOKEN", "accessToken": "s3cret", "accessTokenExpiresUtc": "2026-11-22T19:30:00.250Z",
         "accessTokenType": "bearer"}
        """#)

    static let privateKeyJWT = JSONValue.text(#"""
        {"credentialType": "PRIVATE_KEY_JWT", "clientId": "client", "tokenUri": "https://auth.example/token",
         "jwksUri": "https://auth.example/keys"}
        """#)

    static let createSession = JSONValue.text(#"""
        {"applicationServer": {"ipv4Address": "198.51.100.0/24", "ipv6Address": "2001:db8::/64"},
         "devicePorts": {"ranges": [{"from": 5010, "to": 5020}], "ports": [5060, 5070]},
         "applicationServerPorts": {"ranges": [{"from": 80, "to": 90}, {"from": 443, "to": 443}], "ports": [8080]},
         "qosProfile": "QOS_E", "sink": "https://sink.example/events", "duration": 3600}
        """#).setting("device", to: device).setting("sinkCredential", to: accessToken)

    static let sessionInfo = JSONValue.text(#"""
        {"device": {"phoneNumber": "+99999991000"},
         "applicationServer": {"ipAddresses": ["198.51.100.7", "2001:db8::7"]},
         "devicePorts": {"ranges": [{"from": 5010, "to": 5020}]}, "applicationServerPorts": {"ports": [443]},
         "qosProfile": "QOS_L", "sink": "https://sink.example/events", "sessionId": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
         "duration": 2428, "startedAt": "2024-06-01T12:00:00Z", "expiresAt": "2024-06-01T12:40:28Z", "qosStatus": "UNAVAILABLE",
         "statusInfo": "NETWORK_TERMINATED"}
        """#)

    static let extend = JSONValue.text(#"{"requestedAdditionalDuration": 1800}"#)

    static let retrieve = JSONValue.object([JSONMember(name: "device", value: device)])

    static let event = JSONValue.text(#"""
        {"id": "83a0d986-0866-4f38-b8c0-fc65bfcda452", "source": "https://qod.example/sessions/1",
         "type": "org.camaraproject.quality-on-demand.v1.qos-status-changed", "specversion": "1.0",
         "datacontenttype": "application/json", "time": "2024-06-01T13:00:00Z",
         "data": {"sessionId": "123e4567-e89b-12d3-a456-426614174000", "qosStatus": "UNAVAILABLE", "statusInfo": "DURATION_EXPIRED"}}
        """#)

    static let error = JSONValue.text(#"{"status": 400, "code": "INVALID_ARGUMENT", "message": "duration: is required"}"#)

    static let profileRequest = JSONValue.text(#"{"name": "QOS_E", "status": "ACTIVE"}"#).setting("device", to: device)

    static let profile = JSONValue.text(#"""
        {"name": "everything", "description": "for video", "status": "ACTIVE",
         "countryAvailability": [{"countryName": "GB", "networks": ["23591", "234150"]}, {"countryName": "FI"}],
         "targetMinUpstreamRate": {"value": 1, "unit": "bps"}, "maxUpstreamRate": {"value": 2, "unit": "kbps"},
         "maxUpstreamBurstRate": {"value": 3, "unit": "Mbps"}, "targetMinDownstreamRate": {"value": 4, "unit": "Gbps"},
         "maxDownstreamRate": {"value": 5, "unit": "Tbps"}, "maxDownstreamBurstRate": {"value": 1024, "unit": "Mbps"},
         "minDuration": {"value": 1, "unit": "Seconds"}, "maxDuration": {"value": 1, "unit": "Days"}, "priority": 20,
         "packetDelayBudget": {"value": 20, "unit": "Milliseconds"}, "jitter": {"value": 5, "unit": "Microseconds"},
         "packetErrorLossRate": 3, "l4sQueueType": "l4s-queue", "serviceClass": "real_time_interactive"}
        """#)

    /// Every kind with its sample.
    static let all: [WireSample] = [
        WireSample(CreateSession.self, createSession),
        WireSample(CreateSession.self, createSession.setting("sinkCredential", to: privateKeyJWT)),
        WireSample(CreateSession.self, createSession.setting("applicationServer", to: sessionInfo["applicationServer"])),
        WireSample(SessionInfo.self, sessionInfo), WireSample(ExtendSessionDuration.self, extend),
        WireSample(RetrieveSessionsInput.self, retrieve), WireSample(QosStatusChangedEvent.self, event), WireSample(ErrorInfo.self, error),
        WireSample(QosProfileDeviceRequest.self, profileRequest), WireSample(Device.self, device), WireSample(QoSProfile.self, profile),
    ]
}

/// A document with its type, and the questions that a test can ask about any such type.
struct WireSample: Sendable {
    let type: String
    let document: JSONValue
    private let complain: @Sendable (JSONValue, JSONNode.UnknownProperties) -> InvalidValue?
    private let compare: @Sendable (JSONValue, JSONValue) -> Bool
    private let rewrite: @Sendable (JSONValue) throws -> JSONValue

    init<Value: WireReadable>(_ type: Value.Type, _ document: JSONValue) {
        self.type = "\(type)"
        self.document = document
        complain = { Value.complaint(about: $0, $1) }
        compare = { a, b in
            guard let first = try? Value(a, .ignored), let second = try? Value(b, .ignored) else { return false }
            return first == second
        }
        rewrite = { document in
            let value = try Value(document, .ignored)
            return try (value as? any WireType)?.document ?? document
        }
    }

    /// The error of reading another document as this type.
    func complaint(about changed: JSONValue, _ unknown: JSONNode.UnknownProperties = .rejected) -> InvalidValue? {
        complain(changed, unknown)
    }

    /// Whether lenient reading gives the same value of this type for both documents.
    func isSame(_ a: JSONValue, _ b: JSONValue) -> Bool {
        compare(a, b)
    }

    /// Whether a value is the same after writing and reading; always true for types that cannot be written.
    func survivesRewriting(_ changed: JSONValue) throws -> Bool {
        compare(changed, try rewrite(changed))
    }
}
