import CAMARA
import HTTPTypes
import QoDServer
import QualityOnDemand
import SessionEngine
import Testing

@Suite("getQosProfile")
struct GetProfileTests {
    @Test("answers the profile of that name [qos_profiles_getQosProfile_01_generic_success_scenario]")
    func get() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.send(.get, Path.profile("QOS_E"), headers: ["x-correlator": "p"])
            #expect(answer.status == 200)
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.header("x-correlator") == "p")
            let rate: JSONValue? = .of(#"{"value": 500, "unit": "kbps"}"#)
            #expect(answer.text("name") == "QOS_E")
            #expect(answer.text("status") == "ACTIVE")
            for name in ["targetMinUpstreamRate", "maxUpstreamRate", "targetMinDownstreamRate", "maxDownstreamRate"] {
                #expect(answer[name] == rate, "\(name)")
            }
            #expect(answer["packetDelayBudget"] == .of(#"{"value": 20, "unit": "Milliseconds"}"#))
            #expect(answer["minDuration"] == .of(#"{"value": 1, "unit": "Seconds"}"#))
            #expect(answer["maxDuration"] == .of(#"{"value": 24, "unit": "Hours"}"#))
        }
    }

    @Test("a name may be percent-encoded, as any part of a path may")
    func percentEncoded() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.send(.get, Path.profile("QOS%5fL"))
            #expect(answer.status == 200)
            #expect(answer.text("name") == "QOS_L")
        }
    }

    @Test("names are told apart by case")
    func upperCase() async throws {
        try await Platform.with { platform in
            try await platform.caller.send(.get, Path.profile("qos_l")).expectError(404, "NOT_FOUND", "qos_l")
        }
    }
}

/// The names of the platform's built-in profiles.
private let builtInNames = [
    "DOWNLINK_S_UPLINK_S", "DOWNLINK_S_UPLINK_M", "DOWNLINK_S_UPLINK_L", "DOWNLINK_M_UPLINK_S", "DOWNLINK_M_UPLINK_M",
    "DOWNLINK_M_UPLINK_L", "DOWNLINK_L_UPLINK_S", "DOWNLINK_L_UPLINK_M", "DOWNLINK_L_UPLINK_L", "QOS_S", "QOS_M", "QOS_L", "QOS_E",
    "LEGACY", "FUTURE", "SHORT",
]

@Suite("retrieveQoSProfiles")
struct RetrieveProfilesTests {
    private func names(_ body: String, _ setup: Setup = Setup()) async throws -> [String]? {
        let names = Box<[String]>()
        try await Platform.with(setup) { platform in
            let answer = try await platform.caller.send(.post, Path.retrieveProfiles, body)
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.header("content-type") == "application/json")
            names.value = answer.json?.elements.compactMap { $0["name"]?.text }
        }
        return names.value
    }

    @Test("an empty object asks for all [qos_profiles_retrieveQoSProfiles_05_not_return_restricted_profiles]")
    func all() async throws {
        #expect(try await names("{}") == builtInNames)
    }

    @Test("a device asks for its profiles [qos_profiles_retrieveQoSProfiles_01_generic_success_scenario]")
    func device() async throws {
        #expect(try await names("{\"device\": \(Body.device)}") == builtInNames)
    }

    @Test("a device of the access token does too [qos_profiles_retrieveQoSProfiles_04_return_restricted_profiles]")
    func deviceOfToken() async throws {
        #expect(try await names("{}", .token(device: 1000)) == builtInNames)
    }

    @Test("a name asks for one [qos_profiles_retrieveQoSProfiles_02_filter_by_name_only]")
    func name() async throws {
        #expect(try await names(#"{"name": "QOS_M"}"#) == ["QOS_M"])
        #expect(try await names(#"{"name": "QOS_XXL"}"#) == [])
    }

    @Test("a status asks for those in it [qos_profiles_retrieveQoSProfiles_03_filter_by_status_only]", arguments: [
        ("ACTIVE", builtInNames.filter { !["LEGACY", "FUTURE"].contains($0) }), ("INACTIVE", ["FUTURE"]), ("DEPRECATED", ["LEGACY"]),
    ])
    func status(_ status: String, _ expected: [String]) async throws {
        #expect(try await names("{\"status\": \"\(status)\"}") == expected)
    }

    @Test("name and status narrow together")
    func both() async throws {
        #expect(try await names(#"{"name": "QOS_M", "status": "ACTIVE"}"#) == ["QOS_M"])
        #expect(try await names(#"{"name": "QOS_M", "status": "INACTIVE"}"#) == [])
    }

    /// The .feature file has two scenarios for this case: 06 with an empty list, and
    /// C01.07 with 422. The YAML lists 422.
    @Test("a device that is not served has none to choose from [qos_profiles_retrieveQoSProfiles_C01.07_device_not_supported]")
    func notServed() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.send(.post, Path.retrieveProfiles, "{\"device\": \(Body.phone(5999))}")
            answer.expectError(422, "SERVICE_NOT_APPLICABLE")
        }
    }

    @Test("no more than 100 are listed")
    func limit() async throws {
        let many = try (0..<150).map { QoSProfile(name: try QoSProfileName("MANY_\($0)"), description: "one of many") }
        let setup = Setup { $0.profiles = ProfileCatalogue(many) }
        #expect(try await names("{}", setup)?.count == 100)
        #expect(try await names(#"{"name": "MANY_149"}"#, setup) == ["MANY_149"])
    }

    @Test("the body is checked against its schema [qos_profiles_retrieveQoSProfiles_400.01_schema_not_compliant]", arguments: [
        (#"{"name": "a b"}"#, "name: "), (#"{"name": 1}"#, "name: is a number"), (#"{"status": "active"}"#, "status: \"active\" is not one of"),
        (#"{"more": 1}"#, "more: is not a property"), ("[]", "is an array"),
    ])
    func schema(_ body: String, _ message: String) async throws {
        try await Platform.with { platform in
            try await platform.caller.send(.post, Path.retrieveProfiles, body).expectError(400, "INVALID_ARGUMENT", message)
        }
    }
}
