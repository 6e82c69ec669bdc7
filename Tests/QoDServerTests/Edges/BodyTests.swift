import HTTPTypes
import QoDServer
import QoDTestSupport
import Testing

@Suite("Bodies that are not what they should be")
struct BodyTests {
    static let operations = Operation.allCases.filter(\.takesBody)

    @Test("a missing body is a mistake of its own, whether or not a content type is there", arguments: operations)
    func missing(_ operation: Operation) async throws {
        try await Platform.with { platform in
            try await platform.caller.send(operation.call(nil)).expectError(400, "INVALID_ARGUMENT", "body is missing")
            try await platform.caller.send(operation.call(nil).with("Content-Type", "application/json"))
                .expectError(400, "INVALID_ARGUMENT", "body is missing")
            try await platform.caller.send(operation.call("")).expectError(400, "INVALID_ARGUMENT", "body is missing")
        }
    }

    @Test("an empty object lacks what is required [quality_on_demand_createSession_400.3_empty_request_body]")
    func empty() async throws {
        try await Platform.with { platform in
            try await platform.caller.send(.post, Path.sessions, "{}").expectError(400, "INVALID_ARGUMENT", "applicationServer: is required")
        }
    }

    @Test("what is not JSON is told where it stops being so", arguments: operations)
    func notJSON(_ operation: Operation) async throws {
        try await Platform.with { platform in
            for text in ["{", "{}}", "nonsense", "{'a': 1}", "{\"a\": 01}", "\u{feff}\u{feff}{}", " "] {
                let answer = try await platform.caller.send(operation.call(text))
                answer.expectError(400, "INVALID_ARGUMENT", "The request body")
            }
        }
    }

    @Test("a byte order mark before the JSON is taken, as some tools write one")
    func byteOrderMark() async throws {
        try await Platform.with { platform async throws in
            #expect(try await platform.caller.send(.post, Path.sessions, "\u{feff}" + Body.create()).status == 201)
        }
    }

    @Test("a body is plain JSON in UTF-8, whatever else a header announces")
    func codings() async throws {
        try await Platform.with { platform async throws in
            for headers in [["Content-Encoding": "gzip"], ["Content-Type": "application/json; charset=iso-8859-1"], ["Content-Type": "text/json"]] {
                try await platform.caller.create(headers: headers).expectError(415, "UNSUPPORTED_MEDIA_TYPE", "is not supported")
            }
            for (device, headers) in [(1001, ["Content-Encoding": "identity"]), (1002, ["Content-Type": "Application/JSON ;charset=\"UTF-8\""])] {
                #expect(try await platform.caller.create(["device": Body.phone(device)], headers: headers).status == 201, "\(headers)")
            }
        }
    }

    @Test("an object with more properties than any API has is refused while it is read")
    func manyProperties() async throws {
        try await Platform.with { platform async throws in
            let members = (0..<1001).map { "\"m\($0)\": 1" }.joined(separator: ", ")
            try await platform.caller.send(.post, Path.sessions, "{\(members)}").expectError(400, "INVALID_ARGUMENT", "more than 1000 properties")
            let values = String(repeating: "1,", count: 600_001)
            try await platform.caller.create(["device": "[\(values)1]"]).expectError(400, "INVALID_ARGUMENT", "more than 600000 values")
        }
    }

    @Test("JSON that is no object is refused", arguments: operations)
    func noObject(_ operation: Operation) async throws {
        try await Platform.with { platform in
            for (text, kind) in [("[]", "an array"), ("null", "null"), ("1", "a number"), ("\"{}\"", "a string"), ("true", "a boolean")] {
                try await platform.caller.send(operation.call(text)).expectError(400, "INVALID_ARGUMENT", "is \(kind), not an object")
            }
        }
    }

    @Test("invalid UTF-8 is not JSON", arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) async throws {
        try await Platform.with { platform in
            let body = Array("{\"qosProfile\": \"".utf8) + bytes + Array("\"}".utf8)
            try await platform.caller.send(.post, Path.sessions, bytes: body).expectError(400, "INVALID_ARGUMENT")
        }
    }

    @Test("nesting without end is cut off")
    func nesting() async throws {
        try await Platform.with { platform in
            let deep = String(repeating: "[", count: 500_000)
            try await platform.caller.create(["device": deep]).expectError(400, "INVALID_ARGUMENT", "nested deeper than 32")
            let objects = String(repeating: "{\"device\": ", count: 100_000)
            try await platform.caller.create(["device": objects]).expectError(400, "INVALID_ARGUMENT", "nested deeper than 32")
        }
    }

    @Test("a name that stands twice in an object is refused", arguments: [
        #"{"device": null, "device": {"phoneNumber": "+99999991000"}}"#,
        #"{"device": {"phoneNumber": "+99999991000", "phone\u004eumber": "+99999991001"}}"#,
    ])
    func duplicates(_ body: String) async throws {
        try await Platform.with { platform in
            try await platform.caller.send(.post, Path.retrieveSessions, body).expectError(400, "INVALID_ARGUMENT")
        }
    }

    @Test("null counts as absent, at every depth")
    func null() async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.create([
                "device": #"{"phoneNumber": "+99999991000", "ipv4Address": null, "ipv6Address": null, "networkAccessIdentifier": null}"#,
                "applicationServer": #"{"ipv4Address": "198.51.100.7", "ipv6Address": null, "ipAddresses": null}"#,
                "devicePorts": #"{"ranges": null, "ports": [5060]}"#, "applicationServerPorts": "null", "sink": "null", "sinkCredential": "null",
            ])
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer["devicePorts"] == .of(#"{"ports": [5060]}"#))
            #expect(!answer.body.contains("null"))
            try await platform.caller.create(["duration": "null"]).expectError(400, "INVALID_ARGUMENT", "duration: is required")
        }
    }

    @Test("an undeclared property is refused at every depth, with its path", arguments: [
        ("more", "1", "more"), ("device", #"{"phoneNumber": "+99999991000", "more": 1}"#, "device.more"),
        ("device", #"{"ipv4Address": {"publicAddress": "1.2.3.4", "publicPort": 1, "more": 1}}"#, "device.ipv4Address.more"),
        ("applicationServer", #"{"ipv4Address": "198.51.100.7", "more": null}"#, "applicationServer.more"),
        ("devicePorts", #"{"ports": [1], "more": 1}"#, "devicePorts.more"),
        ("devicePorts", #"{"ranges": [{"from": 1, "to": 2}, {"from": 4, "to": 5, "more": 1}]}"#, "devicePorts.ranges[1].more"),
        ("applicationServerPorts", #"{"ranges": [{"from": 1, "to": 2, "more": 1}]}"#, "applicationServerPorts.ranges[0].more"),
        ("sinkCredential", #"{"credentialType": "PRIVATE_KEY_JWT", "more": 1}"#, "sinkCredential.more"),
        ("Duration", "60", "Duration"),
    ])
    func undeclared(_ property: String, _ value: String, _ path: String) async throws {
        try await Platform.with { platform in
            let answer = try await platform.caller.create([property: value])
            answer.expectError(400, "INVALID_ARGUMENT", "\(path): is not a property here")
        }
    }

    @Test("a long value is not repeated whole in the message")
    func longValue() async throws {
        try await Platform.with { platform in
            let long = String(repeating: "x", count: 100_000)
            let answer = try await platform.caller.create([long: "1"])
            answer.expectError(400, "INVALID_ARGUMENT")
            #expect(answer.text("message")?.unicodeScalars.count ?? 1000 <= 512)
        }
    }
}

@Suite("Content types")
struct ContentTypeTests {
    @Test("other content than JSON is refused", arguments: BodyTests.operations)
    func refused(_ operation: Operation) async throws {
        try await Platform.with { platform in
            for type in ["application/x-www-form-urlencoded", "text/plain", "application/jsonp", "application/cloudevents+json", "json", ""] {
                let answer = try await platform.caller.send(operation.call().with("Content-Type", type))
                answer.expectError(415, "UNSUPPORTED_MEDIA_TYPE", "application/json")
            }
        }
    }

    @Test("JSON may be spelt in any case and have parameters, or nothing need be said", arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8", "application/json ;a=b", nil,
    ])
    func accepted(_ type: String?) async throws {
        try await Platform.with { platform async throws in
            #expect(try await platform.caller.create(headers: ["Content-Type": type]).status == 201)
        }
    }
}

@Suite("The limit on bodies")
struct BodyLimitTests {
    private static func limited(_ framework: TestingFramework) -> Setup {
        Setup { setup in
            setup.server.maximumBodySize = 1000
            setup.framework = framework.setup
        }
    }

    /// A valid body of exactly `count` bytes.
    private static func body(_ count: Int) -> String {
        let body = Body.create()
        return body + String(repeating: " ", count: count - body.utf8.count)
    }

    @Test("a body of the limit is read, one byte more is too large", arguments: TestingFramework.allCases)
    func limit(_ framework: TestingFramework) async throws {
        try await Platform.with(Self.limited(framework)) { platform in
            let tooLarge = try await platform.caller.send(.post, Path.sessions, Self.body(1001))
            tooLarge.expectError(413, "PAYLOAD_TOO_LARGE")
            #expect(try await platform.store.count() == 0)
            if framework == .live { return }
            #expect(try await platform.caller.send(.post, Path.sessions, Self.body(1000)).status == 201)
        }
    }

    @Test("so it is where the length is not told beforehand")
    func chunked() async throws {
        try await Platform.with(Self.limited(.live)) { platform in
            let answer = try await platform.caller.send(.post, Path.sessions, Self.body(200_000), headers: ["Transfer-Encoding": "chunked"])
            answer.expectError(413, "PAYLOAD_TOO_LARGE")
            #expect(try await platform.store.count() == 0)
        }
        try await Platform.with(Self.limited(.live)) { platform in
            let answer = try await platform.caller.send(.post, Path.sessions, Self.body(1000), headers: ["Transfer-Encoding": "chunked"])
            #expect(answer.status == 201)
        }
    }

    @Test("the largest request that the schema allows fits")
    func largest() async throws {
        try await Platform.with { platform in
            let ranges = Array(repeating: #"{"from": 10000, "to": 65535}"#, count: 65_536).joined(separator: ",")
            let ports = (0..<65_536).map { String($0 % 65_535 + 1) }.joined(separator: ",")
            let answer = try await platform.caller.create(["devicePorts": "{\"ranges\": [\(ranges)], \"ports\": [\(ports)]}"])
            #expect(answer.status != 413)
        }
    }
}
