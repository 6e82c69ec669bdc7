import Access
import CAMARA
import HTTPTypes
import QoDServer
import QualityOnDemand
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("createSession")
struct CreateSessionTests {
    @Test("answers the session as it was asked for, with nothing else [quality_on_demand_createSession_01_generic_success_scenario]")
    func shape() async throws {
        try await Platform.with { platform in
            let ports = #"{"ranges": [{"from": 5010, "to": 5020}], "ports": [5060, 5070]}"#
            let answer = try await platform.caller.create(
                ["devicePorts": ports, "applicationServerPorts": #"{"ports": [443]}"#, "sink": #""https://example.com/hook""#],
                headers: ["x-correlator": "abc-1"])
            #expect(answer.status == 201)
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.header("x-correlator") == "abc-1")
            #expect(Set(answer.properties) == [
                "device", "applicationServer", "devicePorts", "applicationServerPorts", "qosProfile", "sink", "sessionId", "duration",
                "startedAt", "expiresAt", "qosStatus",
            ])
            #expect(answer["device"] == .of(Body.device))
            #expect(answer["applicationServer"] == .of(#"{"ipv4Address": "198.51.100.7"}"#))
            #expect(answer["devicePorts"] == .of(ports))
            #expect(answer["applicationServerPorts"] == .of(#"{"ports": [443]}"#))
            #expect(answer.text("qosProfile") == "QOS_L")
            #expect(answer.text("sink") == "https://example.com/hook")
            #expect(answer["duration"] == .integer(3600))
            #expect(answer.text("qosStatus") == "AVAILABLE")
            let id = try #require(answer.text("sessionId"))
            #expect(SessionID(id)?.description == id)
        }
    }

    @Test("leaves out what the request left out")
    func optionalProperties() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.create()
            #expect(Set(answer.properties) == [
                "device", "applicationServer", "qosProfile", "sessionId", "duration", "startedAt", "expiresAt", "qosStatus",
            ])
        }
    }

    @Test("the session expires its duration after it started, which is not in the future")
    func times() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.create(["duration": "600"])
            let startedAt = try Timestamp(rfc3339: try #require(answer.text("startedAt")))
            let expiresAt = try Timestamp(rfc3339: try #require(answer.text("expiresAt")))
            #expect(expiresAt == startedAt.adding(seconds: 600))
            #expect(startedAt <= platform.engine.now)
        }
    }

    @Test("while the network takes its time the session is REQUESTED and has no times", arguments: [2000, 3000])
    func requested(_ device: Int) async throws {
        try await Platform.with(.impatient) { platform in
            let answer = try await platform.caller.create(["device": Body.phone(device)])
            #expect(answer.status == 201)
            #expect(answer.text("qosStatus") == "REQUESTED")
            #expect(Set(answer.properties) == ["device", "applicationServer", "qosProfile", "sessionId", "duration", "qosStatus"])
        }
    }

    @Test("a network that refuses makes it UNAVAILABLE at once, with the reason and without having started")
    func refused() async throws {
        try await Platform.with { platform in
            platform.network.faults.refusesGrants = true
            let answer = try await platform.caller.create()
            #expect(answer.status == 201)
            #expect(answer.text("qosStatus") == "UNAVAILABLE")
            #expect(answer.text("statusInfo") == "NETWORK_TERMINATED")
            #expect(answer["startedAt"] == nil)
        }
    }

    @Test("the credential of a sink is in no answer [quality_on_demand_createSession_02_1_sinkcredential_provided]")
    func sinkCredential() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.create(
                ["sink": #""https://example.com/""#, "sinkCredential": ErrorCase.credential()])
            #expect(answer.status == 201)
            #expect(!answer.body.contains("sink-secret") && answer["sinkCredential"] == nil)
            let read = try await platform.caller.get(try #require(answer.text("sessionId")))
            #expect(!read.body.contains("sink-secret"))
        }
    }

    @Test("subnets are answered as given [quality_on_demand_createSession_04_1_application_server_subnets_provided]")
    func subnets() async throws {
        try await Platform.with { platform in
            let server = #"{"ipv4Address": "198.51.100.0/24", "ipv6Address": "2001:db8:85a3:8d3::/64"}"#
            let answer = try await platform.caller.create(["applicationServer": server])
            #expect(answer.status == 201)
            #expect(answer["applicationServer"] == .of(server))
        }
    }

    @Test("a list of 16 is answered as given [quality_on_demand_createSession_04_2_application_server_list_provided]")
    func list() async throws {
        try await Platform.with { platform in
            let addresses = (1...15).map { "\"198.51.100.\($0)\"" } + ["\"2001:db8::1\""]
            let server = "{\"ipAddresses\": [\(addresses.joined(separator: ", "))]}"
            let answer = try await platform.caller.create(["applicationServer": server])
            #expect(answer.status == 201)
            #expect(answer["applicationServer"] == .of(server))
        }
    }

    @Test("a device named by the access token is not in the answer [quality_on_demand_createSession_03_3_legged_missing_device]")
    func deviceOfToken() async throws {
        try await Platform.with(.token(device: 1007)) { platform in
            let answer = try await platform.caller.create(["device": nil])
            #expect(answer.status == 201)
            #expect(answer["device"] == nil)
            let id = try #require(answer.text("sessionId"))
            #expect(try await platform.caller.get(id)["device"] == nil)
            let list = try await platform.caller.send(.post, Path.retrieveSessions, "{}")
            #expect(list.json?.elements.map { $0["sessionId"]?.text } == [id])
        }
    }

    @Test("a scope that is there opens its operation", arguments: Operation.allCases)
    func scopes(_ operation: Operation) async throws {
        let isOfAssignment = [.getQosAssignmentById, .getQosAssignmentByDevice, .revokeQosAssignment].contains(operation)
        try await Platform.with(.token(scopes: [operation.scope, isOfAssignment ? .createAssignments : .createSessions])) { platform in
            let id = operation.takesSessionID ? try await platform.session() : isOfAssignment ? try await platform.assignment() : ""
            #expect(try await platform.caller.send(operation.call(session: id)).status < 300)
        }
    }

    @Test("a second session on the same flow is refused, on another flow or device it is not")
    func conflict() async throws {
        try await Platform.with { platform in
            _ = try await platform.session(["applicationServer": #"{"ipv4Address": "198.51.100.0/24"}"#])
            try await platform.caller.create().expectError(409, "CONFLICT")
            try await platform.other.create().expectError(409, "CONFLICT")
            #expect(try await platform.caller.create(["applicationServer": #"{"ipv4Address": "203.0.113.1"}"#]).status == 201)
            #expect(try await platform.caller.create(["device": Body.phone(1001)]).status == 201)
        }
    }

    @Test("two clients that ask for the same flow at once get one session between them")
    func race() async throws {
        try await Platform.with { platform in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await platform.caller.create().status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 201 }.count == 1)
            #expect(statuses.filter { $0 == 409 }.count == 19)
        }
    }
}

@Suite("The device of an answer")
struct AnsweredDeviceTests {
    private static let all = #"""
        {"phoneNumber": "+99999991000", "networkAccessIdentifier": "device-1000@testcsp.net", "ipv6Address": "2001:DB8:45:0::1000",
         "ipv4Address": {"publicAddress": "233.252.0.1", "publicPort": 1000}}
        """#

    @Test("is the one identifier that was used, as it was given", arguments: [
        (all, #"{"ipv4Address": {"publicAddress": "233.252.0.1", "publicPort": 1000}}"#),
        (#"{"phoneNumber": "+99999991000", "ipv6Address": "2001:DB8:45:0::1000"}"#, #"{"ipv6Address": "2001:DB8:45:0::1000"}"#),
        (#"{"networkAccessIdentifier": "device-1000@testcsp.net", "phoneNumber": "+99999991000"}"#, #"{"phoneNumber": "+99999991000"}"#),
        (#"{"networkAccessIdentifier": "device-1000@testcsp.net"}"#, #"{"networkAccessIdentifier": "device-1000@testcsp.net"}"#),
        // The network does not know the phone number, so the answer leaves the number out.
        (
            #"{"phoneNumber": "+36721601234", "networkAccessIdentifier": "device-1000@testcsp.net"}"#,
            #"{"networkAccessIdentifier": "device-1000@testcsp.net"}"#
        ),
        (
            #"{"ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.1"}}"#,
            #"{"ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.1"}}"#
        ),
    ])
    func identifier(_ given: String, _ answered: String) async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.create(["device": given])
            #expect(answer.status == 201)
            #expect(answer["device"] == .of(answered))
            let id = try #require(answer.text("sessionId"))
            #expect(try await platform.caller.get(id)["device"] == .of(answered))
            #expect(try await platform.caller.extend(id, by: 1)["device"] == .of(answered))
            #expect(try await platform.caller.retrieve(Body.device).json?[0]?["device"] == .of(answered))
        }
    }
}
