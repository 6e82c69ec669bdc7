import CAMARA
import HTTPTypes
import QoDServer
import QualityOnDemand
import SessionEngine
import Testing

@Suite("What a profile can say")
struct ProfilePropertyTests {
    private static let whole = """
        {"name": "WHOLE", "description": "Every property there is.", "status": "ACTIVE", \
        "countryAvailability": [{"countryName": "FI", "networks": ["24405"]}], \
        "targetMinUpstreamRate": {"value": 1, "unit": "Mbps"}, "maxUpstreamRate": {"value": 2, "unit": "Mbps"}, \
        "maxUpstreamBurstRate": {"value": 3, "unit": "Mbps"}, "targetMinDownstreamRate": {"value": 4, "unit": "kbps"}, \
        "maxDownstreamRate": {"value": 5, "unit": "Gbps"}, "maxDownstreamBurstRate": {"value": 6, "unit": "Gbps"}, \
        "minDuration": {"value": 1, "unit": "Minutes"}, "maxDuration": {"value": 2, "unit": "Hours"}, "priority": 7, \
        "packetDelayBudget": {"value": 8, "unit": "Milliseconds"}, "jitter": {"value": 9, "unit": "Milliseconds"}, \
        "packetErrorLossRate": 3, "l4sQueueType": "l4s-queue", "serviceClass": "real_time_interactive"}
        """

    private func setup() throws -> Setup {
        let profiles = try QoSProfile.list(JSONNode(parsing: "[\(Self.whole)]".utf8, unknownProperties: .rejected))
        return Setup { $0.profiles = ProfileCatalogue(profiles) }
    }

    @Test("every property of a profile is answered as it was given, in both operations")
    func properties() async throws {
        try await Platform.with(try setup()) { platform in
            let one = try await platform.caller.send(.get, Path.profile("WHOLE"))
            #expect(one.json == .of(Self.whole), "\(one.body)")
            let list = try await platform.caller.send(.post, Path.retrieveProfiles, #"{"name": "WHOLE"}"#)
            #expect(list.json == .of("[\(Self.whole)]"))
        }
    }

    @Test("the limits of a profile's durations hold")
    func durations() async throws {
        try await Platform.with(try setup()) { platform in
            for (duration, status) in [("59", 400), ("60", 201), ("7201", 400)] {
                let answer = try await platform.caller.create(["qosProfile": #""WHOLE""#, "duration": duration])
                #expect(answer.status == status, "\(answer.body)")
            }
        }
    }

    @Test("a service may be a list of addresses of both IP versions, and is answered as the list that it was")
    func addressList() async throws {
        try await Platform.with { platform in
            let server = #"{"ipAddresses": ["198.51.100.1", "2001:db8::0:1", "198.51.100.2"]}"#
            let made = try await platform.caller.create(["applicationServer": server])
            #expect(made["applicationServer"] == .of(server))
            let found = try await platform.caller.get(try #require(made.text("sessionId")))
            #expect(found["applicationServer"] == .of(server))
            for taken in ["198.51.100.2", "198.51.100.0/24"] {
                let other = try await platform.caller.create(["applicationServer": "{\"ipv4Address\": \"\(taken)\"}"])
                #expect(other.status == 409, "\(taken)")
            }
            #expect(try await platform.caller.create(["applicationServer": #"{"ipAddresses": ["198.51.100.3"]}"#]).status == 201)
        }
    }
}
