import Foundation
import NetworkAsCode
import QualityOnDemand
import Testing

/// Keeping a session while some work runs.
@Suite(.timeLimit(.minutes(1))) struct KeepingTests {
    let world = World()

    private func look(seconds: Int) -> TestServer.Look {
        TestServer.Look(status: "AVAILABLE", startedAt: VirtualTime.start, expiresAt: VirtualTime.start.adding(seconds: seconds))
    }

    /// Keeps a session until `isDone` holds, and returns the reported sessions.
    private func keep(duration: Duration = .seconds(60), until isDone: @escaping @Sendable ([QoDSession]) async -> Bool) async throws -> [QoDSession] {
        let seen = Locked<[QoDSession]>([])
        try await world.device.keepQoDSession(
            profile: .qosE, serviceIPv4: "233.252.0.2", duration: duration, onChange: { session in seen.withLock { $0.append(session) } }
        ) { session in
            seen.withLock { $0.insert(session, at: 0) }
            while await !isDone(seen.current) {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        return seen.current
    }

    private var methods: [String] { world.requests.map { "\($0.method) \($0.url.path().split(separator: "/").last ?? "")" } }

    @Test("The session is there while the work runs, its value is returned, and the session is deleted")
    func course() async throws {
        let world = world
        world.newSessions(.requested, .available)
        let value = try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { session in
            #expect(session.status == .available)
            #expect(world.server.state.current.sessions.count == 1)
            return 7
        }
        #expect(value == 7)
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("The session is deleted where the work throws, and the work's error is thrown")
    func workThrows() async throws {
        struct Mine: Error {}
        await #expect(throws: Mine.self) {
            try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { _ in throw Mine() }
        }
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("The session is extended before its end")
    func extending() async throws {
        world.newSessions(look(seconds: 60))
        let seen = try await keep { $0.count >= 2 }
        #expect(Set(seen.map(\.id)).count == 1)
        let ends = seen.compactMap(\.expiresAt)
        #expect(ends.count >= 2 && ends[1] > ends[0])
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A session that the network ended is deleted, and another one takes its place")
    func endedByNetwork() async throws {
        let world = world
        world.newSessions(.available, .available, .unavailable("NETWORK_TERMINATED"))
        let seen = try await keep { seen in
            if seen.contains(where: { $0.status == .unavailable }) { world.newSessions(.available) }
            return Set(seen.map(\.id)).count == 2
        }
        #expect(seen.map(\.status).prefix(3) == [.available, .unavailable, .available])
        let deleted = try #require(methods.firstIndex { $0.hasPrefix("DELETE") })
        #expect(methods[(deleted + 1)...].contains("POST sessions"), "the old one goes first, because it holds the flow")
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A session that somebody deleted is created anew")
    func deleted() async throws {
        let world = world
        let removed = Locked(false)
        let seen = try await keep { seen in
            if !removed.withLock({ was in defer { was = true }; return was }) { world.server.state.withLock { $0.sessions = [:] } }
            return Set(seen.map(\.id)).count == 2
        }
        #expect(seen.map(\.statusInfo).contains(.deleteRequested))
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A session that reached the longest duration of its profile is replaced at its end")
    func capped() async throws {
        let world = world
        world.newSessions(look(seconds: 60))
        world.server.onRequest.withLock {
            $0 = { request in
                guard request.url.path().hasSuffix("/extend") else { return nil }
                let id = String(request.url.path().split(separator: "/")[3])
                return world.server.state.current.sessions[id].map { .session(200, id, $0) }
            }
        }
        let seen = try await keep { Set($0.map(\.id)).count == 2 }
        #expect(Set(seen.map(\.id)).count == 2)
        let extended = world.requests.map { $0.url.path() }.filter { $0.hasSuffix("/extend") }
        #expect(!extended.isEmpty && Set(extended).count == extended.count, "what gained nothing is not asked again")
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("One that ended earlier and holds the flow is deleted first, whether the server names it or not", arguments: [true, false])
    func heldFlow(isNamed: Bool) async throws {
        let world = world
        world.newSessions(.unavailable("NETWORK_TERMINATED"))
        let old = try await world.makeSession()
        world.newSessions(.available)
        world.faults(.answers(.error(409, "CONFLICT", isNamed ? "Conflict with session \(old.id)." : "Conflict.")))
        try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { session in
            #expect(session.id != old.id)
            #expect(world.server.state.current.sessions[old.id] == nil)
        }
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A conflict with a session that is alive is told, and that session stays")
    func livingConflict() async throws {
        let other = try await world.makeSession()
        world.faults(.answers(.error(409, "CONFLICT", "Conflict with session \(other.id).")))
        let error = await failure { try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { _ in } }
        #expect(error?.kind == .conflict && error?.conflictingSessionID == other.id)
        #expect(world.server.state.current.sessions.count == 1)
    }

    @Test("A cancelled task leaves no session, even where the creation was under way")
    func cancelled() async throws {
        let world = world
        let (arrived, gate) = (Gate(), Gate())
        world.server.onRequest.withLock {
            $0 = { request in
                if request.method == "POST" {
                    await arrived.open()
                    await gate.wait()
                }
                return nil
            }
        }
        let task = Task { try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { _ in Issue.record("the work began") } }
        await arrived.wait()
        task.cancel()
        await gate.open()
        await #expect(throws: NetworkAsCodeError.self) { try await task.value }
        #expect(world.requests.map(\.method) == ["POST", "DELETE"])
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A provider that is away for a while does not end the work")
    func outage() async throws {
        let world = world
        let seen = Locked(0)
        world.newSessions(.available)
        try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { session in
            world.server.state.withLock { $0.faultsByPath["/quality-on-demand/v1/sessions/\(session.id)"] = .fails(.notConnected) }
            while world.requests.count < 20 { await Task.yield() }
            seen.withLock { $0 += 1 }
            world.server.state.withLock { $0.faultsByPath = [:] }
        }
        #expect(seen.current == 1)
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A refusal that does not pass ends the work with it")
    func refused() async throws {
        let world = world
        let error = await failure {
            try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "233.252.0.2") { session in
                world.server.state.withLock { $0.faultsByPath["/quality-on-demand/v1/sessions/\(session.id)"] = .answers(.error(403, "PERMISSION_DENIED", "no")) }
                while true {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
        }
        #expect(error?.kind == .forbidden)
    }

    @Test("A network that refuses again and again is asked less and less often")
    func refusedAgain() async throws {
        let world = world
        world.newSessions(.available, .unavailable("NETWORK_TERMINATED"))
        _ = try await keep { seen in
            if seen.count > 1 { world.newSessions(.unavailable("NETWORK_TERMINATED")) }
            return seen.count > 12
        }
        #expect(world.time.waits.current.contains { $0 >= .seconds(16) })
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A duration that is too short to be kept is refused")
    func tooShort() async {
        let error = await failure { try await world.device.keepQoDSession(profile: .qosE, serviceIPv4: "1.2.3.4", duration: .seconds(2)) { _ in } }
        #expect(error?.kind == .invalidArgument && world.requests.isEmpty)
    }
}
