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
        let world = World(.session(), World.Reply(204))
        #expect(await world.run("session", "delete", id) == .success)
        #expect(world.output == "session \(id) deleted\n")
        #expect(world.sent.last?.method == "DELETE")
    }

    @Test func `clearing tells the ids of what is gone`() async {
        let world = World(.sessions(id), World.Reply(204))
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
        #expect(world.errors.hasSuffix("it is still requested; nac session watch shows what becomes of it\n"))
    }

    @Test func `a session that the network refuses while waited for is a refusal`() async {
        let world = World(.session(201, qosStatus: "REQUESTED"), .session(qosStatus: "UNAVAILABLE", more: #","statusInfo":"NETWORK_TERMINATED""#))
        let status = await world.run(
            "session", "create", "--phone-number", "+99999993000", "--service", "233.252.0.2", "--profile", "QOS_L", "--wait")
        #expect(status == .refused)
        #expect(world.errors == "nac: session \(id) is unavailable: NETWORK_TERMINATED\n")
    }
}
