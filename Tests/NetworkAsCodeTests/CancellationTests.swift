import NetworkAsCode
import Testing

/// A cancelled task stops soon, at every step of the SDK.
@Suite struct CancellationTests {
    let world = World()

    @Test("A task that is cancelled already sends nothing")
    func before() async throws {
        let world = world
        let gate = Gate()
        let task = Task {
            await gate.wait()
            return await failure { try await world.client.profiles.list() }
        }
        task.cancel()
        await gate.open()
        #expect(await task.value?.kind == .cancelled)
        #expect(world.requests.isEmpty)
    }

    @Test("A request on its way is given up, and not sent again")
    func sending() async throws {
        let world = world
        world.faults(.hangs)
        let task = Task { await failure { try await world.client.profiles.list() } }
        while world.requests.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(world.requests.count == 1)
    }

    @Test("A wait before the next attempt is given up")
    func waiting() async throws {
        let world = world
        world.faults(.answers(.error(503, "UNAVAILABLE", "busy", headers: ["Retry-After": "30"])))
        world.time.onWait.withLock { $0 = { try await Task.sleep(for: .seconds(3600)) } }
        let task = Task { await failure { try await world.makeSession() } }
        while world.time.waits.current.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(world.requests.count == 1)
    }

    @Test("Waiting for availability is given up")
    func waitingForAvailability() async throws {
        let world = world
        world.newSessions(.requested)
        let session = try await world.makeSession()
        world.time.onWait.withLock { $0 = { try await Task.sleep(for: .seconds(3600)) } }
        let task = Task { await failure { try await session.waitUntilAvailable() } }
        while world.time.waits.current.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
    }

    @Test("Watching is given up")
    func watching() async throws {
        let world = world
        let session = try await world.makeSession()
        world.time.onWait.withLock { $0 = { try await Task.sleep(for: .seconds(3600)) } }
        let task = Task {
            await failure {
                for try await _ in session.statusUpdates {}
                return 0
            }
        }
        while world.time.waits.current.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
    }

    @Test("An answer that arrived is returned although the task was cancelled meanwhile: a session must not be lost")
    func answered() async throws {
        let world = world
        let gate = Gate()
        world.server.onRequest.withLock {
            $0 = { _ in
                await gate.wait()
                return nil
            }
        }
        let task = Task { try await world.makeSession() }
        while world.requests.isEmpty { await Task.yield() }
        task.cancel()
        await gate.open()
        let session = try await task.value
        #expect(world.server.state.current.sessions[session.id] != nil)
    }
}
