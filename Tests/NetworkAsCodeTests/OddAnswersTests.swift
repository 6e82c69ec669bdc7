import CAMARA
import NetworkAsCode
import Testing

/// Providers with answers of their own that differ from the specification.
@Suite struct OddAnswersTests {
    let world = World()

    private func session(_ id: String = "a", status: String, info: String? = nil) -> String {
        minimalSession.replacing("\"AVAILABLE\"", with: "\"\(status)\"" + (info.map { ",\"statusInfo\":\"\($0)\"" } ?? "")).replacing("\"a\"", with: "\"\(id)\"")
    }

    @Test("Words for status and reason that the API lacks are kept as they are", arguments: [("UNAVAILABLE", "PROFILE_BUSY"), ("PENDING", nil)])
    func words(status: String, info: String?) async throws {
        let body = session(status: status, info: info)
        world.faults(
            .answers(.json(201, body)), .answers(.json(200, body)), .answers(.json(200, "[\(minimalSession),\(body)]")), .answers(.json(200, body)))
        let created = try await world.makeSession()
        #expect(created.status.rawValue == status && created.statusInfo?.rawValue == info)
        #expect(try await created.refresh() == created)
        #expect(try await world.device.sessions().map(\.status.rawValue) == ["AVAILABLE", status])
        #expect(try await created.extend(by: .seconds(1)).status.rawValue == status)
    }

    @Test("Watching and waiting go on over a status that the API lacks")
    func watching() async throws {
        world.newSessions(.init(status: "PENDING"), .init(status: "PENDING"), .available, .unavailable("PROFILE_BUSY"))
        let session = try await world.makeSession()
        var seen: [String] = []
        for try await change in session.statusUpdates { seen.append(change.statusInfo?.rawValue ?? change.status.rawValue) }
        #expect(seen == ["AVAILABLE", "PROFILE_BUSY"])
        world.newSessions(.init(status: "PENDING"), .init(status: "PENDING"), .available)
        #expect(try await world.makeSession().waitUntilAvailable().status == .available)
    }

    @Test("Clearing deletes sessions whatever their words are")
    func clearing() async throws {
        world.newSessions(.init(status: "PENDING", info: "PROFILE_BUSY"))
        let session = try await world.makeSession()
        #expect(try await world.device.clearSessions() == [session.id])
    }

    @Test("An error after a creation that succeeded carries the id that could be read")
    func idOfUnreadable() async throws {
        let body = minimalSession.replacing("\"60\"", with: "-1").replacing("60", with: "-1")
        world.faults(.answers(.json(201, body)), .answers(.json(201, "{}")), .answers(.json(404, minimalSession)))
        let error = await failure { try await world.makeSession() }
        #expect(error?.kind == .unexpectedAnswer && error?.httpStatus == 201)
        #expect(error?.sessionID == "a")
        #expect(await failure { try await world.makeSession() }?.sessionID == nil)
        #expect(await failure { try await world.makeSession() }?.sessionID == nil)
    }

    @Test("Details that may be missing are left out where they cannot be read", arguments: [#""startedAt":"yesterday""#, #""expiresAt":5"#, #""statusInfo":[]"#, #""sink":{}"#])
    func details(member: String) async throws {
        world.faults(.answers(.json(201, minimalSession.replacing("\"sessionId\"", with: member + ",\"sessionId\""))))
        let session = try await world.makeSession()
        #expect(session.id == "a" && session.startedAt == nil && session.expiresAt == nil && session.statusInfo == nil && session.sink == nil)
    }

    @Test("A profile in words of a provider's own spoils no list, and one that cannot be read is left out")
    func profiles() async throws {
        world.faults(
            .answers(
                .json(
                    200,
                    """
                    [{"name":"GOLD","status":"TRIAL","serviceClass":"gaming","l4sQueueType":"dual","priority":7000,"jitter":{"value":1,"unit":"Fortnights"}},
                    {"status":"ACTIVE"}, 7, {"name":"SILVER","status":"ACTIVE"}]
                    """)), .answers(.json(200, "[7]")))
        let profiles = try await world.client.profiles.list()
        #expect(profiles.map(\.name) == ["GOLD", "SILVER"])
        #expect(profiles[0].status.rawValue == "TRIAL" && profiles[0].serviceClass == "gaming" && profiles[0].l4sQueueType == "dual")
        #expect(profiles[0].priority == nil && profiles[0].jitter == nil)
        #expect(world.log.current.filter { $0.contains("a profile in the provider's list cannot be read") }.count == 2)
        #expect(await failure { try await world.client.profiles.list() }?.kind == .unexpectedAnswer)
    }

    @Test("A notification may have words that the API lacks")
    func notification() throws {
        let body = """
            {"id":"1","source":"x","type":"org.camaraproject.quality-on-demand.v1.qos-status-changed","specversion":"1.0",\
            "time":"2026-06-01T12:00:00Z","data":{"sessionId":"a","qosStatus":"PAUSED","statusInfo":"PROFILE_BUSY"}}
            """
        let event = try NotificationParser.parse(body: Array(body.utf8), headers: ["Content-Type": "application/cloudevents+json"], expectedToken: nil)
        #expect(event.status.rawValue == "PAUSED" && event.statusInfo?.rawValue == "PROFILE_BUSY")
    }

    @Test("A deletion is one whatever body a good answer has", arguments: ["", "deleted", "{}"])
    func deletion(body: String) async throws {
        let session = try await world.makeSession()
        world.faults(.answers(.json(200, body)), .answers(.json(202, body)))
        try await session.delete()
        try await world.client.sessions.delete(session.id)
    }

    @Test("A conflict names the session in the way, where the server's message does")
    func conflict() async throws {
        let id = "018f0000-0000-7000-8000-000000000001"
        world.faults(
            .answers(.error(409, "CONFLICT", "Conflict with session \(id) of the same device.")), .answers(.error(409, "CONFLICT", "Conflict.")),
            .answers(.error(409, "CONFLICT", "\(id) and 018f0000-0000-7000-8000-000000000002")), .answers(.error(404, "NOT_FOUND", "no \(id)")))
        #expect(await failure { try await world.makeSession() }?.conflictingSessionID == id)
        for _ in 0..<3 { #expect(await failure { try await world.makeSession() }?.conflictingSessionID == nil) }
    }

    @Test("With a token that names the device, requests name none")
    func deviceOfToken() async throws {
        let device = world.client.devices.ofToken
        world.faults(.answers(.json(201, minimalSession)), .answers(.json(200, "[\(minimalSession)]")), .answers(.json(200, "[]")))
        let session = try await device.createQoDSession(.qosE, "1.2.3.4")
        #expect(session.device == device && "\(device)" == "the token's device")
        #expect(try await device.sessions() == [session])
        _ = try await world.client.profiles.list(for: device)
        let bodies = world.requests.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(bodies.allSatisfy { !$0.contains("device") } && bodies[1] == "{}" && bodies[2] == "{}")
        #expect(await failure { try await world.client.devices.get().sessions() }?.kind == .invalidArgument)
    }

    @Test("Ports can be given in either order")
    func ports() {
        let (range, ports) = (PortRange(start: 1, end: 2), [80])
        #expect(PortsSpec(ports: ports, ranges: [range]) == PortsSpec(ranges: [range], ports: ports))
    }
}
