import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@testable import QoDServer

@Suite("Whatever a body is, its parser ends, without a trap", .timeLimit(.minutes(30)))
struct BodyFuzzTests {
    private static let device = #"{"phoneNumber":"+99999991000","networkAccessIdentifier":"device-1000@testcsp.net","ipv4Address":{"publicAddress":"233.252.0.1","publicPort":1000,"privateAddress":"10.45.4.1"},"ipv6Address":"2001:db8:45::1000"}"#
    private static let ports = #"{"ranges":[{"from":80,"to":443},{"from":5000,"to":6000}],"ports":[1,8080,65535]}"#
    private static let credential = #"{"credentialType":"ACCESSTOKEN","accessToken":"a.b.c","accessTokenExpiresUtc":"2099-01-01T00:00:00Z","accessTokenType":"bearer"}"#
    private static let server = #"{"ipv4Address":"198.51.100.0/24","ipv6Address":"2001:db8::/64"}"#
    private static let flow = #""applicationServer":\#(server),"applicationServerPorts":\#(ports),"devicePorts":\#(ports)"#
    private static let sink = #""sink":"https://example.com/hook","sinkCredential":\#(credential)"#
    private static let aboutDevice = #"{"device":\#(device)}"#

    /// A valid body and its parser, for every kind of request body.
    private static let parsers: [(String, @Sendable (JSONNode) throws(InvalidValue) -> Void)] = [
        (#"{"device":\#(device),\#(flow),"qosProfile":"QOS_L","duration":3600,\#(sink)}"#, { node throws(InvalidValue) in _ = try CreateSession(node) }),
        (
            #"{"device":\#(device),"applicationServer":{"ipAddresses":["198.51.100.1","2001:db8::1"]},"qosProfile":"QOS_L","duration":60}"#,
            { node throws(InvalidValue) in _ = try CreateSession(node) }
        ),
        (
            #"{"device":\#(device),\#(flow),"qosProfile":"QOS_L","duration":60,"webhook":{"notificationUrl":"https://example.com/","notificationAuthToken":"c8974e592c2fa383d4a3960714"}}"#,
            { node throws(InvalidValue) in _ = try CreateSessionV0(node) }
        ),
        (#"{"device":\#(device),"qosProfile":"QOS_L",\#(sink)}"#, { node throws(InvalidValue) in _ = try CreateAssignment(node) }),
        (#"{"requestedAdditionalDuration":60}"#, { node throws(InvalidValue) in _ = try ExtendSessionDuration(node) }),
        (#"{"requestedAdditionalDuration":60}"#, { node throws(InvalidValue) in _ = try ExtendSessionV0(node) }),
        (aboutDevice, { node throws(InvalidValue) in _ = try RetrieveSessionsInput(node) }),
        (aboutDevice, { node throws(InvalidValue) in _ = try RetrieveSessionsV0(node) }),
        (aboutDevice, { node throws(InvalidValue) in _ = try RetrieveAssignmentByDevice(node) }),
        (#"{"device":\#(device),"name":"QOS_L","status":"ACTIVE"}"#, { node throws(InvalidValue) in _ = try QosProfileDeviceRequest(node) }),
    ]

    @Test("and what is refused is told in a line of bounded length")
    func bodies() async throws {
        try await Fuzzing.run("bodies", inputs: 6_000) { random, seed in
            let (document, parse) = random.pick(Self.parsers)
            let bytes = random.hostile(document)
            do {
                try parse(try JSONNode(parsing: bytes, unknownProperties: random.oneIn(2) ? .rejected : .ignored))
                return true
            } catch let error as InvalidValue {
                #expect(error.reason.utf8.count < 2_000, "seed \(seed)")
                #expect(!error.reason.unicodeScalars.contains { $0.value < 0x20 }, "seed \(seed): \(error)")
                return false
            }
        }
    }

    @Test("and the server answers every one of them as the specification has it")
    func requests() async throws {
        let documented: Set<Int> = [200, 201, 204, 400, 403, 404, 409, 422]
        let operations = Operation.allCases.filter(\.takesBody)
        try await Platform.with { platform in
            let session = try await platform.session(["device": Body.phone(1999)])
            try await Fuzzing.run("requests", inputs: 1_500) { random, seed in
                let operation = random.pick(operations)
                let call = operation.call(session: session)
                let bytes = random.hostile(try #require(call.body))
                let answer = try await platform.caller.send(call.method, call.path, bytes: bytes)
                #expect(documented.contains(answer.status), "seed \(seed): \(answer.status) \(answer.body)")
                if answer.status >= 400 { #expect(answer.properties == ["status", "code", "message"], "seed \(seed): \(answer.body)") }
                #expect(answer.body.isEmpty || answer.json != nil, "seed \(seed): \(answer.body)")
                return answer.status < 300
            }
        }
    }

    @Test("and JSON that is taken means the same when it is read again")
    func json() async throws {
        try await Fuzzing.run("json", inputs: 10_000) { random, seed in
            let bytes = random.oneIn(8) ? random.bytes(random.int(in: 0...60)) : random.hostile(random.pick(Self.parsers).0)
            guard let value = try? JSONValue(parsing: bytes) else { return false }
            #expect((try? JSONValue(parsing: value.spelling.utf8)) == value, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            return true
        }
    }
}
