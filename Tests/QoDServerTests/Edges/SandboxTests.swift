import CAMARA
import HTTPTypes
import QoDServer
import QoDTestSupport
import SimulatedNetwork
import Testing

@Suite("The sandbox")
struct SandboxTests {
    @Test("shows some test devices of each behaviour, with all their names")
    func devices() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.send(.get, "/sandbox/v1/devices?limit=2")
            #expect(answer.status == 200)
            let names = answer.json?.elements.compactMap { $0["phoneNumber"]?.text }
            #expect(names == [1, 2, 3, 4, 5].flatMap { ["+9999999\($0)000", "+9999999\($0)001"] })
            #expect(answer.json?[1] == .of(#"""
                {"phoneNumber": "+99999991001", "networkAccessIdentifier": "device-1001@testcsp.net",
                 "ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.2", "publicPort": 1001},
                 "ipv6Address": "2001:db8:45::1001", "behaviour": "availableAtOnce"}
                """#))
            #expect(try await platform.caller.send(.get, "/sandbox/v1/devices").json?.elements.count == 25)
        }
    }

    @Test("refuses limits that are none", arguments: ["0", "1001", "-1", "x", "", "1.5", "99999999999999999999"])
    func limits(_ limit: String) async throws {
        try await Platform.with { platform in
            try await platform.caller.send(.get, "/sandbox/v1/devices?limit=\(limit)").expectError(400, "INVALID_ARGUMENT", "limit: ")
        }
    }

    @Test("shows what the network holds, in pages")
    func network() async throws {
        try await Platform.with { platform in
            var ids: [String] = []
            for device in 1000..<1005 { ids.append(try await platform.session(["device": Body.phone(device)])) }
            ids.sort()
            let all = try await platform.caller.send(.get, "/sandbox/v1/network")
            #expect(all.status == 200)
            #expect(all.properties == ["network", "held", "sessions"])
            #expect(all.text("network") == "simulated")
            #expect(all["held"] == .integer(5))
            #expect(all["sessions"]?.elements.compactMap(\.text) == ids)
            let page = try await platform.caller.send(.get, "/sandbox/v1/network?limit=2&after=\(ids[1])")
            #expect(page["held"] == .integer(5))
            #expect(page["sessions"]?.elements.compactMap(\.text) == Array(ids[2...3]))
            let after = try await platform.caller.send(.get, "/sandbox/v1/network?after=no-uuid")
            after.expectError(400, "INVALID_ARGUMENT", "after: \"no-uuid\" is not a UUID")
        }
    }

    @Test("lets the network end a session")
    func end() async throws {
        try await Platform.with { platform in
            let id = try await platform.session()
            let answer = try await platform.caller.endFromNetwork(id)
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            let read = try await platform.caller.get(id)
            #expect(read.text("qosStatus") == "UNAVAILABLE")
            #expect(read.text("statusInfo") == "NETWORK_TERMINATED")
            try await eventually { platform.network.count == 0 }
            #expect(try await platform.caller.endFromNetwork(id).status == 204, "again changes nothing")
            try await platform.caller.endFromNetwork("no-uuid").expectError(400, "INVALID_ARGUMENT", "sessionId")
            try await platform.caller.endFromNetwork(Operation.unknownSession).expectError(404, "NOT_FOUND")
        }
    }

    @Test("is not there where the platform is no sandbox")
    func absent() async throws {
        try await Platform.with(Setup { $0.hasSandbox = false }) { platform in
            try await platform.caller.send(.get, "/sandbox/v1/devices").expectError(404, "NOT_FOUND")
            try await platform.caller.send(.get, "/sandbox/v1/network").expectError(404, "NOT_FOUND")
            try await platform.caller.endFromNetwork(Operation.unknownSession).expectError(404, "NOT_FOUND")
        }
    }
}
