import CAMARA
import HTTPTypes
import HummingbirdTesting
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("getSession, deleteSession")
struct GetAndDeleteTests {
    @Test("what was created is read back the same [quality_on_demand_getSession_01_get_existing_session]")
    func get() async throws {
        try await Platform.with { platform in
            let created = try await platform.caller.create(["sink": #""https://example.com/""#])
            let read = try await platform.caller.get(try #require(created.text("sessionId")))
            #expect(read.status == 200)
            #expect(read.body == created.body)
            #expect(read.header("content-type") == "application/json")
        }
    }

    @Test("an id in upper case names the same session, which is answered with its own spelling")
    func upperCase() async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            let read = try await platform.caller.get(id.uppercased())
            #expect(read.status == 200)
            #expect(read.text("sessionId") == id)
            #expect(try await platform.caller.delete(id.uppercased()).status == 204)
        }
    }

    @Test("a session that the network ended stays readable [quality_on_demand_getSession_02_get_recent_unavailable]")
    func ended() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.clock = clock }) { platform in
            let id = try await platform.session()
            clock.advance(by: .seconds(7))
            #expect(try await platform.caller.endFromNetwork(id).status == 204)
            let read = try await platform.caller.get(id)
            #expect(read.status == 200)
            #expect(read.text("qosStatus") == "UNAVAILABLE")
            #expect(read.text("statusInfo") == "NETWORK_TERMINATED")
            #expect(read["duration"] == .integer(7), "the time it really ran")
            // The .feature file has startedAt with AVAILABLE only. The YAML omits it with REQUESTED only,
            // and the server follows the YAML.
            let startedAt = try Timestamp(rfc3339: try #require(read.text("startedAt")))
            #expect(try Timestamp(rfc3339: try #require(read.text("expiresAt"))) == startedAt.adding(seconds: 7))
            clock.advance(by: .seconds(359))
            #expect(try await platform.caller.get(id).status == 200)
            clock.advance(by: .seconds(2))
            try await platform.caller.get(id).expectError(404, "NOT_FOUND", id)
        }
    }

    @Test("a session that the network ended blocks its flow until it is deleted")
    func blocksFlow() async throws {
        try await Platform.with { platform in
            let id = try await platform.endedSession()
            try await platform.caller.create().expectError(409, "CONFLICT")
            #expect(try await platform.caller.delete(id).status == 204)
            #expect(try await platform.caller.create().status == 201)
        }
    }

    @Test("a deletion is answered with nothing, and the session is gone [quality_on_demand_deleteSession_01_delete_existing_qod_session]")
    func delete() async throws {
        try await Platform.with(Setup { $0.framework = .live }) { platform in
            let id = try await platform.session()
            let answer = try await platform.caller.send(.delete, Path.session(id), headers: ["x-correlator": "bye"])
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(answer.header("x-correlator") == "bye")
            #expect(answer.header("content-length") == nil)
            try await platform.caller.get(id).expectError(404, "NOT_FOUND", id)
            try await platform.caller.delete(id).expectError(404, "NOT_FOUND", id)
            try await platform.caller.extend(id, by: 60).expectError(404, "NOT_FOUND", id)
            #expect(try await platform.caller.retrieve(Body.device).json == .array([]))
            try await eventually { platform.network.count == 0 }
        }
    }

    @Test("a session that was only requested can be deleted")
    func deleteRequested() async throws {
        try await Platform.with(.impatient) { platform in
            let id = try await platform.session(["device": Body.phone(2000)])
            #expect(try await platform.caller.delete(id).status == 204)
            try await platform.caller.get(id).expectError(404, "NOT_FOUND")
        }
    }

    @Test("a session is gone when it has expired")
    func expired() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.clock = clock }) { platform in
            let id = try await platform.session(["duration": "60"])
            clock.advance(by: .seconds(59))
            #expect(try await platform.caller.get(id).status == 200)
            try await platform.expire(id, clock)
            try await platform.caller.get(id).expectError(404, "NOT_FOUND", id)
            #expect(try await platform.caller.retrieve(Body.device).json == .array([]))
        }
    }

    @Test("what another client does to a session it does not own changes nothing")
    func otherClient() async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            let before = try await platform.caller.get(id).body
            try await platform.other.get(id).expectError(403, "PERMISSION_DENIED")
            try await platform.other.delete(id).expectError(403, "PERMISSION_DENIED")
            try await platform.other.extend(id, by: 60).expectError(403, "PERMISSION_DENIED")
            try await platform.other.endFromNetwork(id).expectError(403, "PERMISSION_DENIED")
            #expect(try await platform.other.retrieve(Body.device).json == .array([]))
            #expect(try await platform.caller.get(id).body == before)
        }
    }
}

@Suite("extendQosSessionDuration")
struct ExtendTests {
    @Test("adds to the duration and moves the end [quality_on_demand_extendQosSessionDuration_01_generic_success_scenario]")
    func extend() async throws {
        try await Platform.with { platform in
            let created = try await platform.caller.create(["duration": "600", "sink": #""https://example.com/""#])
            let answer = try await platform.caller.extend(try #require(created.text("sessionId")), by: 300)
            #expect(answer.status == 200)
            #expect(answer.properties == created.properties)
            for name in created.properties where !["duration", "expiresAt"].contains(name) { #expect(answer[name] == created[name]) }
            #expect(answer["duration"] == .integer(900))
            let startedAt = try Timestamp(rfc3339: try #require(answer.text("startedAt")))
            #expect(try Timestamp(rfc3339: try #require(answer.text("expiresAt"))) == startedAt.adding(seconds: 900))
            #expect(try await platform.caller.get(try #require(created.text("sessionId"))).body == answer.body)
        }
    }

    @Test("is capped at what the profile allows [quality_on_demand_extendQosSessionDuration_02_exceed_max_duration]", arguments: [
        ("QOS_L", 86_000, 86_400), ("SHORT", 200, 300), ("QOS_L", 60, 86_400),
    ])
    func cap(_ profile: String, _ duration: Int, _ longest: Int) async throws {
        try await Platform.with { platform in
            let id = try await platform.session(["qosProfile": "\"\(profile)\"", "duration": "\(duration)"])
            for more in [longest, 2_147_483_647] {
                let answer = try await platform.caller.extend(id, by: more)
                #expect(answer.status == 200)
                #expect(answer["duration"] == .integer(longest))
            }
        }
    }

    @Test("the body is checked against its schema [quality_on_demand_extendQosSessionDuration_400.4_empty_request_body]", arguments: [
        ("{}", "requestedAdditionalDuration: is required"),
        (#"{"requestedAdditionalDuration": 0}"#, "requestedAdditionalDuration: 0 is not in 1...2147483647"),
        (#"{"requestedAdditionalDuration": 2147483648}"#, "requestedAdditionalDuration: 2147483648"),
        (#"{"requestedAdditionalDuration": "60"}"#, "requestedAdditionalDuration: is a string"),
        (#"{"requestedAdditionalDuration": 1.5}"#, "requestedAdditionalDuration: 1.5 is not an integer"),
        (#"{"requestedAdditionalDuration": 60, "more": 1}"#, "more: is not a property"),
    ])
    func schema(_ body: String, _ message: String) async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            try await platform.caller.send(.post, Path.extend(id), body).expectError(400, "INVALID_ARGUMENT", message)
            #expect(try await platform.caller.get(id)["duration"] == .integer(3600))
        }
    }
}

@Suite("retrieveSessionsByDevice")
struct RetrieveSessionsTests {
    @Test("lists the sessions as they are [quality_on_demand_retrieveSessionsByDevice_01_get_existing_session_by_device]")
    func list() async throws {
        try await Platform.with { platform in
            var bodies: [JSONValue?] = []
            for server in 1...3 {
                bodies.append(try await platform.caller.create(["applicationServer": "{\"ipv4Address\": \"198.51.100.\(server)\"}"]).json)
            }
            _ = try await platform.session(["device": Body.phone(1001)])
            let answer = try await platform.caller.retrieve(Body.device)
            #expect(answer.status == 200)
            #expect(answer.json?.elements == bodies.compactMap(\.self), "oldest first")
        }
    }

    @Test("a device without sessions has none [quality_on_demand_retrieveSessionsByDevice_02_sessions_not_found]")
    func none() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.retrieve(Body.phone(1234))
            #expect(answer.status == 200)
            #expect(answer.body == "[]")
        }
    }

    @Test("any identifier of the device finds the session", arguments: [
        #"{"networkAccessIdentifier": "device-1000@testcsp.net"}"#, #"{"ipv6Address": "2001:db8:45::1000"}"#,
        #"{"ipv4Address": {"publicAddress": "233.252.0.1", "publicPort": 1000}}"#,
        #"{"ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.1"}}"#,
    ])
    func identifiers(_ device: String) async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            let answer = try await platform.caller.retrieve(device)
            #expect(answer.json?.elements.map { $0["sessionId"]?.text } == [id])
            #expect(answer.json?[0]?["device"] == .of(Body.device), "as it was named at the creation")
        }
    }

    @Test("shows sessions in every status, and no more than 100")
    func statusesAndLimit() async throws {
        try await Platform.with { platform in
            _ = try await platform.endedSession()
            #expect(try await platform.caller.retrieve(Body.device).json?[0]?["qosStatus"]?.text == "UNAVAILABLE")
            for port in 1...101 {
                _ = try await platform.session([
                    "applicationServer": #"{"ipv4Address": "203.0.113.1"}"#, "applicationServerPorts": "{\"ports\": [\(port)]}",
                ])
            }
            #expect(try await platform.caller.retrieve(Body.device).json?.elements.count == 100)
        }
    }
}
