import CAMARA
import HTTPTypes
import QoDServer
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("The older dialect, /qod/v0")
struct V0SessionTests {
    private static let sessions = "/qod/v0/sessions"
    private static let wholeDevice = """
        {"phoneNumber": "+99999991000", "networkAccessIdentifier": "device-1000@testcsp.net", "ipv6Address": "2001:db8:45::1000", \
        "ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.1", "publicPort": 1000}}
        """
    private static let webhook =
        #"{"notificationUrl": "https://application.example/hook", "notificationAuthToken": "Bearer c8974e592c2fa383d4a3960714"}"#

    private func create(_ platform: Platform, _ changes: [String: String?] = [:], headers: [String: String?] = [:]) async throws -> Answer {
        try await platform.caller.send(.post, Self.sessions, Body.create(changes), headers: headers)
    }

    private func id(_ platform: Platform, _ changes: [String: String?] = [:]) async throws -> String {
        let answer = try await create(platform, changes)
        guard let id = answer.text("sessionId") else { throw Unexpected(answer: answer) }
        return id
    }

    private func get(_ platform: Platform, _ id: String) async throws -> Answer {
        try await platform.caller.send(.get, "\(Self.sessions)/\(id)")
    }

    @Test("a creation answers REQUESTED with its times in seconds, and all the device's identifiers")
    func creation() async throws {
        try await Platform.with { platform in
            let before = Int(platform.engine.now.milliseconds / 1000)
            let answer = try await create(platform, ["device": Self.wholeDevice, "duration": "600", "webhook": Self.webhook])
            #expect(answer.status == 201, "\(answer.body)")
            #expect(Set(answer.properties) == [
                "device", "applicationServer", "qosProfile", "webhook", "sessionId", "duration", "startedAt", "expiresAt", "qosStatus",
            ])
            #expect(answer.text("qosStatus") == "REQUESTED")
            let startedAt = try #require(answer["startedAt"]?.number)
            #expect(answer["expiresAt"] == .integer(startedAt + 600))
            #expect((before...Int(platform.engine.now.milliseconds / 1000)).contains(startedAt))
            #expect(answer["device"]?.names.count == 4)
            #expect(answer["device"]?["phoneNumber"]?.text == "+99999991000")
            #expect(answer["webhook"] == .of(#"{"notificationUrl": "https://application.example/hook"}"#))
            #expect(!answer.body.contains("c8974e592c2fa383d4a3960714"))
        }
    }

    @Test("Nokia's hand-written SDKs, which send their gateway's host, get times they can read; generated ones the specification's")
    func notations() async throws {
        try await Platform.with { platform in
            let host = "network-as-code.nokia.rapidapi.com"
            for known in [host, "http://127.0.0.1:9091/qod/v0", "platform.example/qod/v0"] {
                let old = try await create(platform, headers: ["X-RapidAPI-Host": known])
                #expect(try Timestamp(rfc3339: try #require(old.text("expiresAt"))) > platform.engine.now)
            }
            let generated = try await create(platform, headers: ["X-RapidAPI-Host": host, "X-Fern-Language": "Python"])
            #expect(generated["expiresAt"]?.number != nil)
            let other = try await create(platform, headers: ["X-RapidAPI-Host": "platform.example"])
            #expect(other["expiresAt"]?.number != nil)
        }
    }

    @Test("nulls count as absent, a duration left out is 24 hours, a phone number may lack its plus, an IMSI is passed over")
    func leniencies() async throws {
        try await Platform.with { platform in
            let answer = try await create(platform, [
                "applicationServer": #"{"ipv4Address": null, "ipv6Address": "2001:db8::1"}"#, "duration": nil, "webhook": "null",
                "device": #"{"phoneNumber": "99999991000", "imsi": 244911234567890}"#,
            ])
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer["duration"] == .integer(86_400))
            #expect(answer["applicationServer"] == .of(#"{"ipv6Address": "2001:db8::1"}"#))
            #expect(answer["device"] == .of(Body.device))
            #expect(!answer.body.contains("null"))
        }
    }

    @Test("sessions of one device may overlap there, and keep those of the newer dialect off")
    func overlap() async throws {
        try await Platform.with { platform in
            let ids = [try await id(platform), try await id(platform)]
            #expect(try await platform.caller.create().status == 409)
            let list = try await platform.caller.send(.post, "/qod/v0/retrieve-sessions", "{\"device\": \(Body.device)}")
            #expect(list.status == 200)
            #expect(list.json?.elements.map { $0["sessionId"]?.text } == ids)
            for id in ids { #expect(try await platform.caller.send(.delete, "\(Self.sessions)/\(id)").status == 204) }
            #expect(try await platform.caller.create().status == 201)
        }
    }

    @Test("both dialects speak of the same sessions")
    func sameSessions() async throws {
        try await Platform.with { platform in
            let old = try await id(platform, ["device": Self.wholeDevice, "webhook": Self.webhook])
            try await eventually { try await platform.caller.get(old).text("qosStatus") == "AVAILABLE" }
            let told = try await platform.caller.get(old)
            #expect(told.text("sink") == "https://application.example/hook")
            #expect(told["device"]?.names == ["ipv4Address"])
            #expect(try await platform.caller.extend(old, by: 60).status == 200)
            let new = try await platform.session(["applicationServer": #"{"ipAddresses": ["203.0.113.1", "203.0.113.2", "2001:db8::1"]}"#])
            let answer = try await get(platform, new)
            #expect(answer["applicationServer"] == .of(#"{"ipv4Address": "203.0.113.1", "ipv6Address": "2001:db8::1"}"#))
            #expect(answer["messages"]?[0]?["description"]?.text?.contains("1 more") == true)
            #expect(try await platform.caller.send(.delete, "\(Self.sessions)/\(new)").status == 204)
            #expect(try await platform.caller.get(new).status == 404)
        }
    }

    @Test("an extension right after the creation waits for the network, and leaves 24 hours from now at most")
    func extensions() async throws {
        let clock = TestClock()
        try await Platform.with(Setup { $0.clock = clock }) { platform in
            let session = try await id(platform, ["duration": "80000"])
            let answer = try await platform.caller.send(.post, "\(Self.sessions)/\(session)/extend", Body.extend(600))
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer["duration"] == .integer(80_600))
            clock.advance(by: .seconds(7))
            let capped = try await platform.caller.send(.post, "\(Self.sessions)/\(session)/extend", Body.extend(86_399))
            let duration = try #require(capped["duration"]?.number)
            #expect(duration == 86_407)
        }
    }

    @Test("what the network ended can be read, with the reason as a message")
    func ended() async throws {
        try await Platform.with { platform in
            let session = try await platform.endedSession()
            let answer = try await get(platform, session)
            #expect(answer.text("qosStatus") == "UNAVAILABLE")
            #expect(answer["messages"]?[0]?["description"]?.text?.contains("NETWORK_TERMINATED") == true)
            #expect(!answer.properties.contains("statusInfo"))
            try await platform.caller.send(.post, "\(Self.sessions)/\(session)/extend", Body.extend(60))
                .expectError(400, "INVALID_ARGUMENT", "UNAVAILABLE")
        }
    }

    @Test("the token is kept for the sink as it is, without the word before it")
    func token() async throws {
        try await Platform.with { platform in
            for token in ["Bearer c8974e592c2fa383d4a3960714", "c8974e592c2fa383d4a3960714"] {
                let webhook = #"{"notificationUrl": "https://application.example/hook", "notificationAuthToken": "\#(token)"}"#
                let session = try #require(SessionID(try await id(platform, ["webhook": webhook])))
                let target = try await platform.store.session(session)?.notification
                #expect(target?.credential == .accessToken("c8974e592c2fa383d4a3960714", expiresAt: .never))
            }
        }
    }

    @Test("what is wrong gets the dialect's status and code", arguments: [
        (["qosProfile": #""QOS_XXL""#], 400, "INVALID_ARGUMENT", "qosProfile"),
        (["qosProfile": #""FUTURE""#], 400, "INVALID_ARGUMENT", "INACTIVE"),
        (["qosProfile": #""SHORT""#, "duration": "301"], 400, "OUT_OF_RANGE", "duration: 301"),
        (["duration": "86401"], 400, "OUT_OF_RANGE", "duration: 86401"),
        (["device": nil], 400, "INVALID_ARGUMENT", "device: is required"),
        (["device": "{}"], 400, "INVALID_ARGUMENT", "device: names no device"),
        (["device": #"{"phoneNumber": "+36721601234"}"#], 404, "IDENTIFIER_NOT_FOUND", "not found"),
        (["device": Body.phone(5000)], 501, "NOT_IMPLEMENTED", "not available"),
        (["applicationServer": #"{"ipAddresses": ["198.51.100.7"]}"#], 400, "INVALID_ARGUMENT", "ipAddresses"),
        (["applicationServer": "{}"], 400, "INVALID_ARGUMENT", "applicationServer: names no service"),
        (["devicePorts": #"{"ports": [65536]}"#], 400, "OUT_OF_RANGE", "devicePorts.ports[0]"),
        (["sink": #""https://example.com/""#], 400, "INVALID_ARGUMENT", "sink: is not a property"),
        (["webhook": #"{"notificationUrl": "http://example.com/"}"#], 400, "INVALID_ARGUMENT", "webhook.notificationUrl"),
        (["webhook": #"{"notificationUrl": "https://example.com/", "notificationAuthToken": "short"}"#], 400, "INVALID_ARGUMENT",
         "webhook.notificationAuthToken"),
    ] as [([String: String?], Int, String, String)])
    func errors(_ changes: [String: String?], _ status: Int, _ code: String, _ message: String) async throws {
        try await Platform.with { platform in
            try await create(platform, changes).expectError(status, code, message)
            #expect(try await platform.store.count() == 0)
        }
    }

    @Test("a retrieval with a body that does not fit is 422, with the place")
    func unprocessable() async throws {
        try await Platform.with { platform in
            for (body, place) in [("{}", "device"), (#"{"device": {"phoneNumber": "12"}}"#, "phoneNumber"), (#"{"other": 1}"#, "other")] {
                let answer = try await platform.caller.send(.post, "/qod/v0/retrieve-sessions", body)
                #expect(answer.status == 422)
                #expect(answer["detail"]?[0]?["loc"]?.elements.last?.text == place, "\(answer.body)")
                #expect(answer["detail"]?[0]?["msg"]?.text?.isEmpty == false)
            }
        }
    }

    @Test("another client's session is not shown, an unknown one is not found, without a key nothing is")
    func isolation() async throws {
        try await Platform.with { platform in
            let path = "\(Self.sessions)/\(try await id(platform))"
            try await platform.other.send(.get, path).expectError(403, "PERMISSION_DENIED")
            try await platform.other.send(.delete, path).expectError(403, "PERMISSION_DENIED")
            try await platform.caller.send(.get, "\(Self.sessions)/\(Operation.unknownSession)").expectError(404, "NOT_FOUND")
            try await platform.caller.send(.get, "\(Self.sessions)/x").expectError(400, "INVALID_ARGUMENT", "sessionId")
            try await platform.caller.send(.get, path, headers: ["X-RapidAPI-Key": nil]).expectError(401, "UNAUTHENTICATED")
        }
    }

    @Test("an assignment is no session")
    func assignments() async throws {
        try await Platform.with { platform in
            let assignment = try await platform.assignment()
            try await get(platform, assignment).expectError(404, "NOT_FOUND")
        }
    }
}
