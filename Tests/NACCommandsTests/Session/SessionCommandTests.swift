import Testing

@testable import NACCommands

@Suite struct SessionCommandTests {
    private let id = World.Reply.id

    @Test func `a session is created with what the flags say`() async {
        let world = World(.session(201))
        let status = await world.run(
            "session", "create", "--phone-number", "99999991000", "--service", "233.252.0.2", "--profile", "QOS_L",
            "--duration", "1h", "--service-ports", "80-443,8080", "--device-ports", "1600")
        #expect(status == .success)
        #expect(
            world.sent == [
                World.Sent(
                    method: "POST", path: "/quality-on-demand/v1/sessions",
                    body: #"{"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"233.252.0.2"},"#
                        + #""devicePorts":{"ports":[1600]},"applicationServerPorts":{"ranges":[{"from":80,"to":443}],"ports":[8080]},"#
                        + #""qosProfile":"QOS_L","duration":3600}"#,
                    authorisation: "Bearer sandbox")
            ])
    }

    @Test func `a session is shown to people with its times as they stand to now`() async {
        let world = World(.session())
        #expect(await world.run("session", "get", id) == .success)
        #expect(
            world.output == """
                Session   0190aaaa-0000-7000-8000-000000000001
                Status    AVAILABLE
                Profile   QOS_L
                Device    +99999991000
                Service   233.252.0.2
                Duration  1 h
                Started   now (2026-03-01T10:00:00.000Z)
                Ends      in 1 h (2026-03-01T11:00:00.000Z)

                """)
        #expect(world.errors.isEmpty)
    }

    @Test func `a session is told to programs in the API's own words`() async {
        let more = #","sink":"https://a.example/x","devicePorts":{"ranges":[{"from":1,"to":2}],"ports":[5]},"statusInfo":"NETWORK_TERMINATED""#
        let world = World(.session(qosStatus: "UNAVAILABLE", more: more))
        #expect(await world.run("session", "get", id, "--format", "json") == .success)
        #expect(
            world.output == #"{"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"233.252.0.2"},"#
                + #""devicePorts":{"ranges":[{"from":1,"to":2}],"ports":[5]},"qosProfile":"QOS_L","sink":"https://a.example/x","#
                + #""sessionId":"0190aaaa-0000-7000-8000-000000000001","duration":3600,"startedAt":"2026-03-01T10:00:00.000Z","#
                + #""expiresAt":"2026-03-01T11:00:00.000Z","qosStatus":"UNAVAILABLE","statusInfo":"NETWORK_TERMINATED"}"# + "\n")
    }

    @Test func `a session that the network refused is shown with the reason`() async {
        let insights = #"{"sessionId":"x","qosStatus":"UNAVAILABLE","reason":"no room is left","qosProfile":"QOS_L","downlink":{},"uplink":{}}"#
        let refused = World.Reply.session(qosStatus: "UNAVAILABLE", more: #","statusInfo":"NETWORK_TERMINATED""#)
        let world = World(refused, World.Reply(200, insights))
        #expect(await world.run("session", "get", id) == .success)
        #expect(world.output.contains("Status    UNAVAILABLE (NETWORK_TERMINATED)\nReason    no room is left\n"), "\(world.output)")
        #expect(world.sent.map(\.path) == ["/quality-on-demand/v1/sessions/\(id)", "/insights/v1/sessions/\(id)"])
    }

    @Test func `sessions are listed in columns`() async {
        let world = World(.sessions(id, "0190aaaa-0000-7000-8000-000000000002"))
        #expect(await world.run("session", "list", "--ipv4", "233.252.0.1:1000") == .success)
        #expect(
            world.output == """
                SESSION                               STATUS     ENDS    PROFILE  SERVICE
                0190aaaa-0000-7000-8000-000000000001  AVAILABLE  in 1 h  QOS_L    233.252.0.2
                0190aaaa-0000-7000-8000-000000000002  AVAILABLE  in 1 h  QOS_L    233.252.0.2

                """)
        #expect(world.sent[0].body == #"{"device":{"ipv4Address":{"publicAddress":"233.252.0.1","publicPort":1000}}}"#)
    }

    @Test func `no sessions are an empty list for programs and a remark for people`() async {
        let world = World(.sessions())
        #expect(await world.run("session", "list", "--phone-number", "+99999991000", "--format", "json") == .success)
        #expect(world.output == "[]\n")
        #expect(world.errors.isEmpty)
        let other = World(.sessions())
        #expect(await other.run("session", "list", "--phone-number", "+99999991000") == .success)
        #expect(other.output.isEmpty)
        #expect(other.errors == "no sessions\n")
    }

    @Test func `an extension sends the seconds and shows the session as it is then`() async {
        let world = World(.session())
        #expect(await world.run("session", "extend", id, "--by", "10m") == .success)
        #expect(world.sent.last?.path == "/quality-on-demand/v1/sessions/\(id)/extend")
        #expect(world.sent.last?.body == #"{"requestedAdditionalDuration":600}"#)
    }

    @Test func `a deletion says what is gone`() async {
        let world = World(World.Reply(204))
        #expect(await world.run("session", "delete", id) == .success)
        #expect(world.output == "session \(id) deleted\n")
        #expect(world.sent.map(\.method) == ["DELETE"])
    }

    @Test func `clearing tells the ids of what is gone`() async {
        let world = World(.sessions(id), World.Reply(204), .sessions())
        #expect(await world.run("session", "clear", "--ipv6", "2001:db8:45::1000", "--format", "json") == .success)
        #expect(world.output == #"[{"sessionId":"\#(id)"}]"# + "\n")
    }

    @Test func `several addresses of one family are sent as a list`() async {
        let world = World(.session(201))
        let status = await world.run(
            "session", "create", "--network-access-identifier", "device-1000@testcsp.net", "--profile", "QOS_E",
            "--service", "233.252.0.2", "--service", "233.252.0.3", "--service", "2001:db8::1")
        #expect(status == .success)
        #expect(world.sent[0].body.contains(#""applicationServer":{"ipAddresses":["233.252.0.2","233.252.0.3","2001:db8::1"]}"#))
        #expect(world.sent[0].body.contains(#""duration":86400"#))
    }

    @Test func `waiting shows the session once it is available`() async {
        let world = World(.session(201, qosStatus: "REQUESTED"), .session(qosStatus: "REQUESTED"), .session())
        let status = await world.run(
            "session", "create", "--phone-number", "+99999992000", "--service", "233.252.0.2", "--profile", "QOS_L", "--wait", "--format", "json")
        #expect(status == .success)
        #expect(world.output.contains(#""qosStatus":"AVAILABLE""#))
        #expect(world.output.filter { $0 == "\n" }.count == 1)
    }

    @Test func `waiting in vain says that the session is still there`() async {
        let world = World(.session(201, qosStatus: "REQUESTED"))
        let status = await world.run(
            "session", "create", "--phone-number", "+99999992000", "--service", "233.252.0.2", "--profile", "QOS_L", "--wait", "--wait-timeout", "2s")
        #expect(status == .unreachable)
        #expect(world.output.isEmpty)
        #expect(world.errors.contains(id))
        #expect(world.errors.hasSuffix("the session is still requested; nac session watch follows it\n"))
    }

    @Test func `a session that the network refuses while waited for is a refusal`() async {
        let world = World(.session(201, qosStatus: "REQUESTED"), .session(qosStatus: "UNAVAILABLE", more: #","statusInfo":"NETWORK_TERMINATED""#))
        let status = await world.run(
            "session", "create", "--phone-number", "+99999993000", "--service", "233.252.0.2", "--profile", "QOS_L", "--wait")
        #expect(status == .refused)
        #expect(
            world.errors == "nac: the network refused session \(id): NETWORK_TERMINATED; the session blocks its flow for some minutes; "
                + "nac session delete \(id) frees it at once\n")
    }

    @Test func `a session that the network refuses at once is shown, and is a refusal with the network's reason`() async {
        let refused = #","statusInfo":"NETWORK_TERMINATED""#
        let world = World(.session(201, qosStatus: "UNAVAILABLE", more: refused), World.Reply(200, #"{"reason":"no capacity is left on ran0"}"#))
        let status = await world.run("session", "create", "--phone-number", "+99999993000", "--service", "233.252.0.2", "--profile", "QOS_L")
        #expect(status == .refused)
        #expect(world.output.contains("UNAVAILABLE (NETWORK_TERMINATED)"))
        #expect(world.errors.hasPrefix("nac: the network refused session \(id): NETWORK_TERMINATED: no capacity is left on ran0; "))
        #expect(world.sent.last?.path == "/insights/v1/sessions/\(id)")
    }

    @Test func `a provider that tells no reason refuses all the same`() async {
        let world = World(.session(201, qosStatus: "UNAVAILABLE"), .error(404, "NOT_FOUND", "no such path"))
        let status = await world.run(
            "session", "create", "--phone-number", "+99999993000", "--service", "233.252.0.2", "--profile", "QOS_L", "--format", "json")
        #expect(status == .refused)
        #expect(world.output.contains(#""qosStatus":"UNAVAILABLE""#))
        #expect(world.errors.contains(#""exitStatus":77,"code":"SESSION_ENDED","message":"the network refused session \#(id)""#))
    }

    @Test func `a full list says that there may be more, and clearing goes on until nothing is left`() async {
        let ids = (0..<100).map { "0190aaaa-0000-7000-8000-0000000001\($0 < 10 ? "0" : "")\($0)" }
        let full = World.Reply(200, "[" + ids.map { World.Reply.json(id: $0) }.joined(separator: ",") + "]")
        let list = World(full)
        #expect(await list.run("session", "ls", "--phone", "+99999991000") == .success)
        #expect(list.errors == "nac: one answer lists at most 100 sessions; there may be more\n")
        let programs = World(full)
        #expect(await programs.run("session", "list", "--phone", "+99999991000", "--format", "json") == .success)
        #expect(programs.errors == #"{"warning":"one answer lists at most 100 sessions; there may be more"}"# + "\n")
    }

    @Test(arguments: [["session", "show", "ID"], ["session", "rm", "ID"], ["session", "ls", "--phone", "+99999991000"]])
    func `commands have the names that other tools have`(arguments: [String]) async {
        let world = World(arguments[1] == "ls" ? .sessions(id) : .session())
        let given = arguments.map { $0 == "ID" ? id : $0 }
        #expect(await Surroundings.$current.withValue(world.surroundings) { await NAC.run(given) } == .success)
        #expect(world.sent.count == 1)
    }

    @Test(arguments: ["0190aaaa", "000000000001"])
    func `with a device a short id will do`(short: String) async {
        let other = "0190bbbb-0000-7000-8000-000000000002"
        let world = World(.sessions(id, other), .session())
        #expect(await world.run("session", "get", short, "--phone", "+99999991000") == .success)
        #expect(world.sent.last?.path == "/quality-on-demand/v1/sessions/\(id)")
    }

    @Test func `a short id that fits several sessions, or none, is told`() async {
        let several = World(.sessions(id, "0190aaaa-0000-7000-8000-000000000002"))
        #expect(await several.run("session", "delete", "0190", "--phone", "+99999991000") == .usage)
        #expect(several.errors.contains("\"0190\" matches 2 sessions: \(id), "))
        let none = World(.sessions(id))
        #expect(await none.run("session", "get", "ffff", "--phone", "+99999991000") == .notFound)
        #expect(none.errors.contains("begins or ends with ffff"))
        #expect(several.sent.count == 1 && none.sent.count == 1)
    }

    @Test func `with a token that names the device no device is named`() async {
        let world = World(.session(201), environment: ["NAC_TOKEN": "three-legged"])
        #expect(await world.run("session", "create", "--service", "233.252.0.2", "--profile", "QOS_L") == .success)
        #expect(world.sent[0].body.hasPrefix(#"{"applicationServer""#))
        let answer = World.Reply.json().replacing(#""device":{"phoneNumber":"+99999991000"},"#, with: "")
        let unnamed = World(World.Reply(201, answer), environment: ["NAC_TOKEN": "three-legged"])
        #expect(await unnamed.run("session", "create", "--service", "233.252.0.2", "--profile", "QOS_L") == .success)
        #expect(unnamed.output.contains("Device    the token's\n"), "\(unnamed.output)")
        let json = World(World.Reply(201, answer), environment: ["NAC_TOKEN": "three-legged"])
        #expect(await json.run("session", "create", "--service", "233.252.0.2", "--profile", "QOS_L", "--format", "json") == .success)
        #expect(json.output.hasPrefix(#"{"applicationServer""#), "\(json.output)")
        let other = World(.error(422, "MISSING_IDENTIFIER", "The device is missing."), environment: ["NAC_TOKEN": "two-legged"])
        #expect(await other.run("session", "list") == .refused)
        #expect(other.errors.hasSuffix("; give --phone-number, --network-access-identifier, --ipv4 or --ipv6\n"))
    }

    @Test func `a creation that succeeded but was answered badly names the session`() async {
        let world = World(World.Reply(201, #"{"sessionId":"\#(id)","qosStatus":"AVAILABLE"}"#))
        #expect(await world.run("session", "create", "--phone", "+99999991000", "--service", "233.252.0.2", "--profile", "QOS_L") == .failure)
        #expect(world.errors.hasSuffix("; session \(id) exists; nac session delete \(id) ends it\n"))
    }

    @Test func `a conflict says which session is in the way and what gives its flow back`() async {
        let world = World(.error(409, "CONFLICT", "Conflict with session \(id)."))
        #expect(await world.run("session", "create", "--phone", "+99999991000", "--service", "233.252.0.2", "--profile", "QOS_L") == .refused)
        #expect(world.errors.hasSuffix("if it is UNAVAILABLE, nac session delete \(id) frees its flow\n"))
        let unnamed = World(.error(409, "CONFLICT", "Conflict."))
        #expect(await unnamed.run("session", "create", "--phone", "+99999991000", "--service", "233.252.0.2", "--profile", "QOS_L") == .refused)
        #expect(unnamed.errors.hasSuffix("an UNAVAILABLE session blocks its flow until nac session delete\n"))
    }

    @Test func `a profile whose name is nearly right is suggested`() async {
        let profiles = World.Reply(200, #"[{"name":"QOS_E","status":"ACTIVE"},{"name":"QOS_L","status":"ACTIVE"}]"#)
        let world = World(.error(400, "INVALID_ARGUMENT", "qosProfile: there is no profile qos_e"), profiles)
        #expect(await world.run("session", "create", "--phone", "+99999991000", "--service", "233.252.0.2", "--profile", "qos_e") == .refused)
        #expect(world.errors.hasSuffix("; did you mean QOS_E?\n"))
        let get = World(.error(404, "NOT_FOUND", "There is no such profile."), profiles)
        #expect(await get.run("profile", "show", "QOSL") == .notFound)
        #expect(get.errors.hasSuffix("; did you mean QOS_L?\n"))
    }
}
