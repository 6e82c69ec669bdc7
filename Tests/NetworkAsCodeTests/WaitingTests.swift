import NetworkAsCode
import QualityOnDemand
import Testing

/// Waiting for availability, and watching a session.
@Suite struct WaitingTests {
    let world = World()

    private func statuses(_ session: QoDSession) async throws -> [QoDSession.Status] {
        var statuses: [QoDSession.Status] = []
        for try await session in session.statusUpdates { statuses.append(session.status) }
        return statuses
    }

    @Test("A session that is available is not waited for")
    func availableAlready() async throws {
        let session = try await world.makeSession()
        #expect(try await session.waitUntilAvailable(timeout: .zero) == session)
        #expect(world.requests.count == 1)
    }

    @Test("Waiting returns the session as it is once available")
    func becomesAvailable() async throws {
        world.newSessions(.requested, .requested, .requested, .available)
        let session = try await world.makeSession()
        let fresh = try await session.waitUntilAvailable(timeout: .seconds(10))
        #expect(session.status == .requested && fresh.status == .available)
        #expect(fresh.startedAt != nil)
        #expect(world.time.waits.current == [.milliseconds(250), .milliseconds(500), .seconds(1)])
    }

    @Test("Waiting ends with an error where the session ends instead")
    func endsInstead() async throws {
        world.newSessions(.requested, .requested, .unavailable("NETWORK_TERMINATED"))
        let error = await failure { try await world.makeSession().waitUntilAvailable() }
        #expect(error?.kind == .sessionEnded)
        #expect(error?.message.contains("NETWORK_TERMINATED") == true)

        world.newSessions(.requested, nil)
        let gone = await failure { try await world.makeSession().waitUntilAvailable() }
        #expect(gone?.kind == .sessionEnded)
        #expect((gone?.underlyingError as? NetworkAsCodeError)?.kind == .notFound)
    }

    @Test("Waiting ends in time")
    func timesOut() async throws {
        world.newSessions(.requested)
        let session = try await world.makeSession()
        let error = await failure { try await session.waitUntilAvailable(timeout: .seconds(20)) }
        #expect(error?.kind == .timeout)
        #expect(world.time.now.since(VirtualTime.start) <= .seconds(20))
        #expect(world.requests.count > 4 && world.requests.count < 15)
    }

    @Test("Requests while waiting do not outlast the timeout, nor do their retries")
    func boundedRequests() async throws {
        world.newSessions(.requested)
        let session = try await world.makeSession()
        let time = world.time
        world.server.onRequest.withLock {
            $0 = { request in
                #expect(request.timeout <= .seconds(5))
                time.advance(by: request.timeout)
                throw TransportError(.timedOut, message: "slow")
            }
        }
        #expect(await failure { try await session.waitUntilAvailable(timeout: .seconds(5)) }?.kind == .timeout)
        #expect(world.time.now.since(VirtualTime.start) <= .seconds(6))
    }

    @Test("Watching yields each change once and ends with the session")
    func watching() async throws {
        world.newSessions(.requested, .requested, .available, .available, .available, .unavailable("NETWORK_TERMINATED"))
        let session = try await world.makeSession()
        #expect(try await statuses(session) == [.available, .unavailable])
        #expect(world.requests.count == 6)
    }

    @Test("Where the provider forgets the session, the last element of watching says that it was deleted")
    func watchingDeleted() async throws {
        world.newSessions(.requested, .available, .available, nil)
        var seen: [QoDSession] = []
        for try await session in try await world.makeSession().statusUpdates { seen.append(session) }
        #expect(seen.map(\.status) == [.available, .unavailable])
        #expect(seen.last?.statusInfo == .deleteRequested)
        #expect(seen.last?.expiresAt.map { $0 < seen[0].expiresAt! } == true, "it ended before its time")
    }

    @Test("Where the provider forgets the session at its end, the last element of watching says that its time was up")
    func watchingExpired() async throws {
        let end = VirtualTime.start.adding(seconds: 3)
        world.newSessions(TestServer.Look(status: "AVAILABLE", startedAt: VirtualTime.start, expiresAt: end))
        let session = try await world.makeSession()
        let world = world
        world.time.onWait.withLock { $0 = { if world.time.now >= end.adding(seconds: -1) { world.server.state.withLock { $0.sessions = [:] } } } }
        var seen: [QoDSession] = []
        for try await session in session.statusUpdates { seen.append(session) }
        #expect(seen.map(\.statusInfo) == [.durationExpired])
        #expect(seen.first?.id == session.id && seen.first?.expiresAt == session.expiresAt)
    }

    @Test("Watching a session that is over yields nothing and asks nothing")
    func watchingTheDead() async throws {
        world.newSessions(.unavailable("DURATION_EXPIRED"))
        let session = try await world.makeSession()
        #expect(try await statuses(session).isEmpty)
        #expect(world.requests.count == 1)
        var iterator = session.statusUpdates.makeAsyncIterator()
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
    }

    @Test("Watching sees an extension")
    func watchingExtension() async throws {
        let session = try await world.makeSession()
        var iterator = session.statusUpdates.makeAsyncIterator()
        let longer = try await session.extend(by: .seconds(60))
        #expect(try await iterator.next() == longer)
    }

    @Test("Watching asks less and less often, at most every 30 s, and again just after the end")
    func politeness() async throws {
        let end = VirtualTime.start.adding(seconds: 100)
        let look = TestServer.Look(status: "AVAILABLE", startedAt: VirtualTime.start, expiresAt: end)
        world.newSessions(look)
        let session = try await world.makeSession()
        let world = world
        world.time.onWait.withLock {
            $0 = {
                guard world.time.now.since(VirtualTime.start) > .seconds(90) else { return }
                world.server.state.withLock { $0.sessions = [:] }
            }
        }
        #expect(try await statuses(session) == [.unavailable])
        let waits = world.time.waits.current
        #expect(waits.prefix(4) == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
        #expect(waits.allSatisfy { $0 <= .seconds(30) })
        #expect(world.requests.count < 12)
        #expect(world.time.now.since(end) == .milliseconds(250))
    }

    @Test("An error other than not found ends the watching with it")
    func watchingFails() async throws {
        let session = try await world.makeSession()
        world.faults(.answers(.error(403, "PERMISSION_DENIED", "no")))
        let error = await failure { try await statuses(session) }
        #expect(error?.kind == .forbidden)
    }
}
