import CAMARA
import Foundation
import NetworkAsCode
import Testing

/// Sessions on a server that works correctly.
@Suite struct SessionTests {
    let world = World()

    @Test("The tutorial's calls work, one after the other")
    func tutorial() async throws {
        let device = world.client.devices.get(
            "device@testcsp.net",
            ipv4Address: DeviceIPv4Address(publicAddress: "233.252.0.2", privateAddress: "192.0.2.25", publicPort: 80),
            ipv6Address: "2001:db8:1234:5678:9abc:def0:fedc:ba98", phoneNumber: "+99999991000")
        let session = try await device.createQoDSession(
            profile: .downlinkLUplinkL, serviceIPv4: "233.252.0.2", serviceIPv6: "2001:db8::1",
            servicePorts: PortsSpec(ranges: [PortRange(start: 80, end: 443)]), devicePorts: PortsSpec(ports: [1600, 2000]))
        #expect(session.status == .available)
        #expect(session.statusInfo == nil)
        #expect(session.profile == .downlinkLUplinkL)
        #expect(session.profile == "DOWNLINK_L_UPLINK_L")
        #expect(session.service == .subnets(ipv4: "233.252.0.2", ipv6: "2001:db8::1"))
        #expect(session.servicePorts == PortsSpec(ranges: [PortRange(start: 80, end: 443)]))
        #expect(session.devicePorts == PortsSpec(ports: [1600, 2000]))
        #expect(session.duration == .seconds(86_400))
        #expect(session.expiresAt == session.startedAt?.addingTimeInterval(86_400))
        #expect(session.device == device)

        #expect(try await device.sessions() == [session])
        #expect(try await world.client.sessions.get(session.id) == session)
        let longer = try await session.extend(by: .seconds(600))
        #expect(longer.duration == .seconds(87_000))
        #expect(longer.expiresAt == session.expiresAt?.addingTimeInterval(600))
        #expect(session.duration == .seconds(86_400), "a session value does not change by itself")
        #expect(try await session.refresh() == longer)
        #expect(try await device.clearSessions() == [session.id])
        #expect(try await device.sessions().isEmpty)
    }

    @Test("The body of a creation is what the API wants, in whole")
    func creationBody() async throws {
        let device = world.client.devices.get(ipv4Address: DeviceIPv4Address(publicAddress: "233.252.0.1", publicPort: 1000))
        _ = try await device.createQoDSession(
            profile: "custom-profile_1.0", serviceIPv4: "198.51.100.0/24", servicePorts: PortsSpec(ports: [443]),
            duration: .seconds(3600), sink: "https://app.example.com/events",
            sinkCredential: .accessToken("sink-secret", expiresAt: Date(timeIntervalSince1970: 1_800_000_000)))
        let request = world.requests[0]
        #expect(request.method == "POST")
        #expect(request.url.absoluteString == "http://127.0.0.1:9091/quality-on-demand/v1/sessions")
        #expect(request.headers["content-type"] == "application/json")
        let expected = """
            {"device":{"ipv4Address":{"publicAddress":"233.252.0.1","publicPort":1000}},"applicationServer":{"ipv4Address":"198.51.100.0/24"},\
            "applicationServerPorts":{"ports":[443]},"qosProfile":"custom-profile_1.0","sink":"https://app.example.com/events",\
            "sinkCredential":{"credentialType":"ACCESSTOKEN","accessToken":"sink-secret","accessTokenExpiresUtc":"2027-01-15T08:00:00.000Z",\
            "accessTokenType":"bearer"},"duration":3600}
            """
        #expect(String(decoding: request.body ?? [], as: UTF8.self) == expected)
    }

    @Test("Profile and services may go without labels, profile first")
    func unlabelled() async throws {
        let device = world.device
        let sessions = [
            try await device.createQoDSession(.downlinkLUplinkL, "233.252.0.2", "2001:db8::1"),
            try await device.createQoDSession(.downlinkLUplinkL, serviceIPv4: "233.252.0.2", serviceIPv6: "2001:db8::1"),
            try await device.createQoDSession(profile: .downlinkLUplinkL, serviceIPv4: "233.252.0.2", serviceIPv6: "2001:db8::1"),
            try await device.createQoDSession("DOWNLINK_L_UPLINK_L", "233.252.0.2", "2001:db8::1"),
        ]
        #expect(Set(sessions.map(\.service)) == [.subnets(ipv4: "233.252.0.2", ipv6: "2001:db8::1")])
        #expect(Set(sessions.map(\.profile)) == [.downlinkLUplinkL])
        let only6 = try await device.createQoDSession(.qosE, nil, "2001:db8::1", devicePorts: PortsSpec(ports: [1]), duration: .seconds(1))
        #expect(only6.service == .subnets(ipv4: nil, ipv6: "2001:db8::1"))
    }

    @Test("A service may be a list of up to 16 addresses")
    func serviceList() async throws {
        let list = (1...15).map { "10.0.0.\($0)" } + ["2001:db8::1"]
        let session = try await world.device.createQoDSession(profile: .qosS, applicationServer: list)
        #expect(session.service == .addresses(list))
        #expect(session.service.all == list)
    }

    @Test("A creation without a duration asks for 24 hours")
    func defaultDuration() async throws {
        _ = try await world.makeSession()
        #expect(String(decoding: world.requests[0].body ?? [], as: UTF8.self).contains("\"duration\":86400"))
    }

    @Test("Each constant names a profile that the platform comes with")
    func constants() async throws {
        let names: [QoSProfileName] = [
            .downlinkSUplinkS, .downlinkSUplinkM, .downlinkSUplinkL, .downlinkMUplinkS, .downlinkMUplinkM, .downlinkMUplinkL,
            .downlinkLUplinkS, .downlinkLUplinkM, .downlinkLUplinkL, .qosS, .qosM, .qosL, .qosE, .legacy, .future, .short,
        ]
        #expect(try await Set(world.client.profiles.list().map(\.name)) == Set(names))
    }

    @Test("Every request has an x-correlator of its own and asks for JSON")
    func correlators() async throws {
        let session = try await world.makeSession()
        _ = try await session.refresh()
        try await session.delete()
        let correlators = world.requests.compactMap { $0.headers["x-correlator"] }
        #expect(Set(correlators).count == 3)
        #expect(correlators.allSatisfy { UUID(uuidString: $0) != nil })
        #expect(world.requests.allSatisfy { $0.headers["Accept"] == "application/json" })
        #expect(world.requests.map { $0.headers["Content-Type"] } == ["application/json", nil, nil])
    }

    @Test("Only creations have an idempotency key, each its own")
    func keys() async throws {
        let session = try await world.makeSession()
        _ = try await world.makeSession()
        _ = try await session.extend(by: .seconds(1))
        _ = try await session.refresh()
        let keys = world.requests.map { $0.headers["Idempotency-Key"] }
        #expect(keys[0] != nil && keys[1] != nil && keys[0] != keys[1])
        #expect(keys[2] == nil && keys[3] == nil)
    }

    @Test("A path in the server's address is kept, with or without a slash at its end", arguments: ["https://api.example.com/camara", "https://api.example.com/camara/"])
    func basePath(address: String) async throws {
        let world = World(server: .server(try #require(URL(string: address))))
        _ = await failure { try await world.client.sessions.get("x") }
        #expect(world.requests[0].url.absoluteString == "https://api.example.com/camara/quality-on-demand/v1/sessions/x")
    }

    @Test(
        "A server's address that cannot be used is refused before anything is sent",
        arguments: ["ftp://example.com", "example.com", "https://user:pass@example.com", "https://example.com/?a=b", "https://example.com/#x", "file:///etc/passwd"])
    func badServer(address: String) async throws {
        let world = World(server: .server(try #require(URL(string: address))))
        let error = await failure { try await world.makeSession() }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.message.hasPrefix("server: ") == true)
        #expect(error?.message.contains("pass") == false)
        #expect(world.requests.isEmpty)
    }

    @Test("The device is the one that the provider used, or else the one that was asked with")
    func deviceOfSession() async throws {
        world.faults(
            .answers(.json(201, minimalSession)),
            .answers(.json(200, #"{"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"1.2.3.4"},"qosProfile":"QOS_E","sessionId":"a","duration":60,"qosStatus":"AVAILABLE"}"#)),
            .answers(.json(200, minimalSession)))
        let device = world.client.devices.get("device@testcsp.net", phoneNumber: "+99999991000")
        let created = try await device.createQoDSession(.qosE, "1.2.3.4")
        #expect(created.device == device)
        let refreshed = try await created.refresh()
        #expect(refreshed.device == world.device)
        #expect(try await world.client.sessions.get("a").device == nil)
    }

    @Test("An answer may have nulls, spaces, other orders and properties that nobody knows")
    func tolerance() async throws {
        world.faults(.answers(.json(200, """
             { "qosStatus":"REQUESTED", "later": [1, 2.5e3, {"x": null}], "startedAt": null, "statusInfo": null, "duration": 60.0,
               "sessionId":"ABC", "applicationServer":{"ipv4Address":"1.2.3.4","new":1}, "qosProfile":"QOS_E",
               "messages":[{"severity":"INFO","description":""}], "sinkCredential":{"credentialType":"ACCESSTOKEN"} }
            """)))
        let session = try await world.client.sessions.get("ABC")
        #expect(session.id == "ABC")
        #expect(session.status == .requested)
        #expect(session.startedAt == nil && session.expiresAt == nil && session.statusInfo == nil)
        #expect(session.duration == .seconds(60))
    }

    @Test(
        "A session is not lost because the provider tells its device or its ports in its own way",
        arguments: [
            #""device":{"phoneNumber":"99999991000"}"#, #""device":{}"#, #""device":7"#,
            #""device":{"ipv4Address":{"publicAddress":"1.2.3.4","publicPort":0}}"#, #""devicePorts":{"ranges":[],"ports":[]}"#,
            #""devicePorts":{},"applicationServerPorts":{"ports":[]},"device":{"ipv6Address":""}"#,
        ])
    func ownSpelling(members: String) async throws {
        let body = minimalSession.replacing(#""sessionId""#, with: members + #","sessionId""#)
        world.faults(.answers(.json(201, body)), .answers(.json(200, "[\(body)]")))
        let session = try await world.makeSession()
        #expect(session.id == "a" && session.device == world.device && session.devicePorts == nil)
        #expect(try await world.device.sessions() == [session])
    }

    @Test("Ports that cannot be read are not taken for all ports")
    func badPortsInAnswer() async throws {
        let body = minimalSession.replacing(#""sessionId""#, with: #""devicePorts":{"ports":[0]},"sessionId""#)
        world.faults(.answers(.json(200, body)), .answers(.json(200, "[\(minimalSession),\(body)]")), .answers(.json(200, "[\(body)]")))
        let error = await failure { try await world.client.sessions.get("a") }
        #expect(error?.message == "the answer cannot be read: devicePorts.ports[0]: 0 is not in 1...65535")
        #expect(error?.sessionID == "a")
        #expect(try await world.device.sessions().count == 1, "one odd session spoils no list")
        #expect(world.log.current.contains { $0.contains("cannot be read at=[1].devicePorts.ports[0]") })
        let listed = await failure { try await world.device.sessions() }
        #expect(listed?.kind == .unexpectedAnswer && listed?.message.contains("[0].devicePorts.ports[0]") == true)
    }

    @Test("A session prints as one line without its device")
    func description() async throws {
        let session = try await world.makeSession()
        #expect("\(session)" == "session \(session.id): AVAILABLE, QOS_E to 233.252.0.2, until 2026-06-02T12:00:00.000Z")
    }
}

let minimalSession = """
    {"applicationServer":{"ipv4Address":"1.2.3.4"},"qosProfile":"QOS_E","sessionId":"a","duration":60,"qosStatus":"AVAILABLE"}
    """
