extension ErrorCase {
    static let creation = flows + durationsAndProfiles + sinks + [
        ErrorCase(.createSession, 409, "CONFLICT", "overlap", scenario: "quality_on_demand_createSession_409.1_session_conflict") {
            _ = try await $0.session()
            return Operation.createSession.call()
        }
    ]

    private static func refused(
        _ status: Int, _ code: String, _ message: String, _ scenario: String?, _ changes: [String: String?]
    ) -> ErrorCase {
        ErrorCase(.createSession, status, code, message, scenario: scenario.map { "quality_on_demand_createSession_\($0)" }) { _ in
            Operation.createSession.call(Body.create(changes))
        }
    }

    private static func invalid(_ message: String, _ scenario: String?, _ changes: [String: String?]) -> ErrorCase {
        refused(400, "INVALID_ARGUMENT", message, scenario, changes)
    }

    // MARK: Flows

    private static let flows: [ErrorCase] = servers + emptyProperties + ports

    private static let servers: [ErrorCase] = [
        invalid("applicationServer", "400.11_invalid_application_server", [
            "applicationServer": #"{"ipv4Address": "198.51.100.7", "ipAddresses": ["198.51.100.8"]}"#
        ]),
        invalid("applicationServer.ipv4Address: \"0.0.0.0\" is not a host's address", nil, ["applicationServer": #"{"ipv4Address": "0.0.0.0"}"#]),
        invalid("applicationServer.ipAddresses[1]: \"ff02::1\" is a multicast address", nil, [
            "applicationServer": #"{"ipAddresses": ["198.51.100.7", "ff02::1"]}"#
        ]),
        invalid("applicationServer.ipv6Address: \"::ffff:198.51.100.7\" is an IPv4 address in the form of IPv6; write it as 198.51.100.7", nil, [
            "applicationServer": #"{"ipv6Address": "::ffff:198.51.100.7"}"#
        ]),
        invalid("applicationServer.ipAddresses: has 0 items", "400.12_empty_application_server_list", [
            "applicationServer": #"{"ipAddresses": []}"#
        ]),
        invalid("applicationServer.ipAddresses: has 17 items", "400.13_application_server_list_is_too_large", [
            "applicationServer": "{\"ipAddresses\": [\((1...17).map { "\"198.51.100.\($0)\"" }.joined(separator: ", "))]}"
        ]),
        invalid("applicationServer.ipAddresses", "400.14_duplicate_values_in_application_server_list", [
            "applicationServer": #"{"ipAddresses": ["198.51.100.7", "198.51.100.7"]}"#
        ]),
        invalid("applicationServer.ipAddresses[1]", "400.15_invalid_values_in_application_server_list", [
            "applicationServer": #"{"ipAddresses": ["198.51.100.7", "198.51.100"]}"#
        ]),
        invalid("applicationServer.ipAddresses[0]", "400.16_subnet_in_application_server_list", [
            "applicationServer": #"{"ipAddresses": ["198.51.100.0/24"]}"#
        ]),
    ]

    private static let emptyProperties: [ErrorCase] = ["applicationServer", "devicePorts", "applicationServerPorts", "sinkCredential"].map {
        invalid("\($0)", "400.4_empty_property", [$0: "{}"])
    }

    private static let ports: [ErrorCase] = ["devicePorts", "applicationServerPorts"].flatMap { name in
        let tag = "400.5_out_of_range_port"
        return [
            refused(400, "OUT_OF_RANGE", "\(name).ports[1]: 65536 is not in 1...65535", tag, [name: #"{"ports": [80, 65536]}"#]),
            refused(400, "OUT_OF_RANGE", "\(name).ranges[0].from: 0 is not in", tag, [name: #"{"ranges": [{"from": 0, "to": 5}]}"#]),
            refused(400, "OUT_OF_RANGE", "\(name).ranges[0].to: 70000 is not", tag, [name: #"{"ranges": [{"from": 5, "to": 70000}]}"#]),
        ]
    } + [
        invalid("device.ipv4Address.publicPort: 70000 is not in 1...65535", "400.5_out_of_range_port", [
            "device": #"{"ipv4Address": {"publicAddress": "233.252.0.1", "publicPort": 70000}}"#
        ]),
    ]

    // MARK: Durations and profiles

    private static let durationsAndProfiles: [ErrorCase] = [
        invalid("qosProfile: \"QOS_XXL\" is not a profile", "400.8_non_existent_qos_profile", ["qosProfile": #""QOS_XXL""#]),
        // The .feature file expects INVALID_ARGUMENT; the YAML has its own code for this error,
        // and the server follows the YAML.
        refused(
            400, "QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE", "duration: 301 s is not in 1...300", "400.9_invalid_duration",
            ["qosProfile": #""SHORT""#, "duration": "301"]),
        refused(400, "QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE", "duration: 86401 s", "400.9_invalid_duration", ["duration": "86401"]),
        invalid("duration: 0 is not in", nil, ["duration": "0"]),
        invalid("duration: is a string", nil, ["duration": "\"60\""]),
        refused(
            422, "QUALITY_ON_DEMAND.QOS_PROFILE_NOT_APPLICABLE", "FUTURE is INACTIVE", "422.1_session_qos_profile_not_applicable",
            ["qosProfile": #""FUTURE""#]),
        refused(422, "QUALITY_ON_DEMAND.QOS_PROFILE_NOT_APPLICABLE", "LEGACY is DEPRECATED", nil, ["qosProfile": #""LEGACY""#]),
    ]

    // MARK: Sinks

    private static let sinks: [ErrorCase] = [
        sink("INVALID_SINK", "sink: \"http://", "http://example.com/"),
        sink("INVALID_SINK", "sink: ", "https://user:secret@example.com/"),
        sink("INVALID_SINK", "sink: ", "not a URL"),
        sink("INVALID_ARGUMENT", "sinkCredential.credentialType", "400.6_unsupported_sink_credential_type", credential("PLAIN")),
        sink("INVALID_ARGUMENT", "sinkCredential.credentialType", "400.6_unsupported_sink_credential_type", credential("REFRESHTOKEN")),
        sink("INVALID_TOKEN", "sinkCredential.accessTokenType: is not a supported type", "400.7_sink_credential_invalid_token", credential(type: "mac")),
        sink("INVALID_CREDENTIAL", "sinkCredential.accessTokenExpiresUtc", nil, credential(expires: "2020-01-01T00:00:00Z")),
        refused(400, "INVALID_CREDENTIAL", "sinkCredential: has no effect without a sink", nil, ["sinkCredential": credential()]),
        refused(
            422, "PRIVATE_KEY_JWT_NOT_CONFIGURED", "PRIVATE_KEY_JWT", "422.2_private_key_jwt_not_configured",
            ["sink": #""https://example.com/""#, "sinkCredential": #"{"credentialType": "PRIVATE_KEY_JWT"}"#]),
    ]

    private static func sink(_ code: String, _ message: String, _ sink: String) -> ErrorCase {
        refused(400, code, message, nil, ["sink": "\"\(sink)\""])
    }

    private static func sink(_ code: String, _ message: String, _ scenario: String?, _ credential: String) -> ErrorCase {
        refused(400, code, message, scenario, ["sink": #""https://example.com/""#, "sinkCredential": credential])
    }

    static func credential(
        _ kind: String = "ACCESSTOKEN", type: String = "bearer", expires: String = "2099-01-01T00:00:00Z"
    ) -> String {
        """
        {"credentialType": "\(kind)", "accessToken": "sink-secret", "accessTokenExpiresUtc": "\(expires)", "accessTokenType": "\(type)"}
        """
    }
}
