import NetworkAsCode
import Testing

/// Deleting all sessions of a device.
@Suite struct ClearSessionsTests {
    private func world(sessions count: Int, configure: (inout ClientConfiguration) -> Void = { _ in }) async throws -> World {
        let world = World(configure: configure)
        for _ in 0..<count { _ = try await world.makeSession() }
        return world
    }

    private func path(_ id: String) -> String { "/quality-on-demand/v1/sessions/" + id }

    @Test("A device without sessions is cleared by asking alone")
    func nothing() async throws {
        let world = try await world(sessions: 0)
        #expect(try await world.device.clearSessions().isEmpty)
        #expect(world.requests.count == 1)
    }

    @Test("Clearing deletes all, a few at a time")
    func bounded() async throws {
        let world = try await world(sessions: 40)
        let gate = Gate()
        world.server.onRequest.withLock {
            $0 = { request in
                if request.method == "DELETE" { await gate.wait() }
                return nil
            }
        }
        async let cleared = world.device.clearSessions()
        while world.server.state.current.running < 8 { await Task.yield() }
        for _ in 0..<1000 { await Task.yield() }
        await gate.open()
        #expect(try await cleared.count == 40)
        #expect(world.server.state.current.mostRunning == 8)
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("Clearing goes on until nothing is left, though one answer lists 100 sessions", .timeLimit(.minutes(1)))
    func moreThanOneAnswer() async throws {
        let world = try await world(sessions: 250)
        #expect(try await world.device.sessions().count == 100)
        let deleted = try await world.device.clearSessions()
        #expect(deleted.count == 250 && Set(deleted).count == 250)
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("Clearing ends where a provider goes on listing sessions that cannot be deleted, or are deleted already", .timeLimit(.minutes(1)))
    func listedForEver() async throws {
        let world = try await world(sessions: 3)
        let all = world.server.state.current
        let list = "[" + all.order.compactMap { all.sessions[$0]?.document($0) }.joined(separator: ",") + "]"
        world.server.state.withLock { $0.faultsByPath["/quality-on-demand/v1/retrieve-sessions"] = .answers(.json(200, list)) }
        #expect(try await world.device.clearSessions() == all.order)
    }

    @Test("Sessions that cannot be read but for their id are cleared too")
    func unreadable() async throws {
        let world = try await world(sessions: 1)
        let id = world.server.state.current.order[0]
        world.faults(.answers(.json(200, #"[{"sessionId":"\#(id)","qosStatus":7}]"#)))
        #expect(try await world.device.clearSessions() == [id])
    }

    @Test("How many at a time can be set", arguments: [1, 3])
    func limit(limit: Int) async throws {
        let world = try await world(sessions: 10) { $0.maximumConcurrentDeletions = limit }
        #expect(try await world.device.clearSessions().count == 10)
        #expect(world.server.state.current.mostRunning <= limit)
    }

    @Test("A session that is gone already is no error and not among the deleted")
    func gone() async throws {
        let world = try await world(sessions: 3)
        let ids = world.server.state.current.order
        world.server.state.withLock { [path = path(ids[1])] in $0.faultsByPath[path] = .answers(.error(404, "NOT_FOUND", "gone")) }
        #expect(try await world.device.clearSessions() == [ids[0], ids[2]])
    }

    @Test("Those that could not be deleted are told, and all others are deleted")
    func partialFailure() async throws {
        let world = try await world(sessions: 12)
        let ids = world.server.state.current.order
        let broken = [path(ids[2]), path(ids[7])]
        world.server.state.withLock {
            $0.faultsByPath = [broken[0]: .answers(.error(403, "PERMISSION_DENIED", "not yours")), broken[1]: .answers(.error(500, "INTERNAL", "oh"))]
        }
        let error = await failure { try await world.device.clearSessions() }
        #expect(error?.kind == .sessionsNotCleared)
        #expect(error?.sessionFailures.map(\.sessionID) == [ids[2], ids[7]])
        #expect(error?.sessionFailures.map(\.error.kind) == [.forbidden, .server])
        #expect(error?.message == "2 of 12 sessions could not be deleted; the first: not yours")
        #expect(Set(world.server.state.current.sessions.keys) == [ids[2], ids[7]])
    }

    @Test("Clearing that is cancelled says so and tells what is left")
    func cancelled() async throws {
        let world = try await world(sessions: 20)
        world.server.onRequest.withLock {
            $0 = { request in
                if request.method == "DELETE" { try await Task.sleep(for: .seconds(3600)) }
                return nil
            }
        }
        let clearing = Task { await failure { try await world.device.clearSessions() } }
        while world.server.state.current.running < 8 { await Task.yield() }
        clearing.cancel()
        let error = await clearing.value
        #expect(error?.kind == .cancelled)
        #expect(error?.sessionFailures.count == 20)
    }

    @Test("Where the sessions cannot even be listed, that is the error")
    func noList() async throws {
        let world = World()
        world.faults(.answers(.error(404, "IDENTIFIER_NOT_FOUND", "no such device")))
        let error = await failure { try await world.device.clearSessions() }
        #expect(error?.kind == .notFound && error?.code == "IDENTIFIER_NOT_FOUND")
    }
}
