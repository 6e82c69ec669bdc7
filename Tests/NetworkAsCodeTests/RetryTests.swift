import Foundation
import NetworkAsCode
import Testing

/// The requests that the SDK retries, the time of each attempt, and its contents.
@Suite struct RetryTests {
    let world = World()

    private static let busy = TransportResponse.error(503, "UNAVAILABLE", "busy")
    private static func busy(_ status: Int, after: String) -> TransportResponse {
        .error(status, "LATER", "later", headers: ["Retry-After": after])
    }

    @Test(
        "A read survives what passes by itself",
        arguments: [
            TestServer.Fault.fails(.notConnected), .fails(.connectionLost), .actsThenFails(.connectionLost), .actsThenFails(.timedOut),
            .answers(busy), .answers(busy(503, after: "2")), .answers(busy(429, after: "2")), .answers(.error(429, "X", "")),
            .answers(.error(500, "INTERNAL", "")), .answers(TransportResponse(status: 502)), .answers(.json(504, "<html>")),
        ])
    func reads(fault: TestServer.Fault) async throws {
        let session = try await world.makeSession()
        world.faults(fault, fault)
        #expect(try await session.refresh() == session)
        world.faults(fault)
        #expect(try await world.device.sessions() == [session])
        world.faults(fault)
        #expect(try await !world.client.profiles.list().isEmpty)
        #expect(world.requests.count == 8)
    }

    @Test(
        "What does not pass by itself is not sent again",
        arguments: [
            TestServer.Fault.fails(.other), .fails(.invalidRequest), .fails(.responseTooLarge), .answers(.error(400, "X", "")),
            .answers(.error(401, "X", "")), .answers(.error(403, "X", "")), .answers(.error(404, "X", "")), .answers(.error(409, "X", "")),
            .answers(.error(422, "X", "")), .answers(.error(501, "X", "")), .answers(.json(200, "nonsense")),
            .answers(busy(400, after: "1")),
        ])
    func noRetry(fault: TestServer.Fault) async throws {
        world.faults(fault)
        _ = await failure { try await world.client.sessions.get("a") }
        #expect(world.requests.count == 1)
        #expect(world.time.waits.current.isEmpty)
    }

    @Test(
        "A creation is sent again with the same key and makes one session",
        arguments: [
            TestServer.Fault.actsThenFails(.connectionLost), .actsThenFails(.timedOut), .fails(.notConnected), .actsThenAnswers(busy),
            .actsThenAnswers(.error(500, "INTERNAL", "")), .answers(busy(429, after: "1")), .answers(busy(503, after: "1")),
        ])
    func creations(fault: TestServer.Fault) async throws {
        world.faults(fault, fault, fault)
        let session = try await world.makeSession()
        #expect(world.server.state.current.sessions.keys.sorted() == [session.id])
        #expect(world.requests.count == 4)
        let keys = Set(world.requests.map { $0.headers["Idempotency-Key"] })
        #expect(keys.count == 1)
        #expect(UUID(uuidString: try #require(keys.first ?? nil)) != nil)
        #expect(Set(world.requests.map { $0.headers["x-correlator"] }).count == 1)
        #expect(Set(world.requests.map(\.body)).count == 1)
    }

    @Test(
        "An extension is not sent again where the first may have worked",
        arguments: [
            TestServer.Fault.actsThenFails(.connectionLost), .actsThenFails(.timedOut), .actsThenAnswers(.error(500, "INTERNAL", "")),
            .actsThenAnswers(busy), .actsThenAnswers(.error(502, "X", "")), .answers(.error(429, "X", "")),
        ])
    func extensionsOnce(fault: TestServer.Fault) async throws {
        let session = try await world.makeSession()
        world.faults(fault)
        _ = await failure { try await session.extend(by: .seconds(600)) }
        #expect(world.requests.count == 2)
        #expect(try await session.refresh().duration <= .seconds(87_000))
    }

    @Test(
        "An extension is sent again where the first cannot have worked",
        arguments: [TestServer.Fault.fails(.notConnected), .answers(busy(429, after: "1")), .answers(busy(503, after: "1"))])
    func extensionsAgain(fault: TestServer.Fault) async throws {
        let session = try await world.makeSession()
        world.faults(fault, fault)
        #expect(try await session.extend(by: .seconds(600)).duration == .seconds(87_000))
    }

    @Test(
        "A deletion whose answer was lost has worked when the session is gone at the next attempt",
        arguments: [TestServer.Fault.actsThenFails(.connectionLost), .actsThenFails(.timedOut), .actsThenAnswers(busy), .actsThenAnswers(.error(500, "X", ""))])
    func deletions(fault: TestServer.Fault) async throws {
        let session = try await world.makeSession()
        world.faults(fault)
        try await session.delete()
        #expect(world.requests.count == 3)
        #expect(world.server.state.current.sessions.isEmpty)
    }

    @Test("A deletion that finds nothing is an error where no earlier attempt can have done it")
    func deletionOfNothing() async throws {
        let session = try await world.makeSession()
        try await session.delete()
        #expect(await failure { try await session.delete() }?.kind == .notFound)
        world.faults(.fails(.notConnected), .answers(Self.busy(429, after: "1")))
        #expect(await failure { try await session.delete() }?.kind == .notFound)
    }

    @Test("Retry-After is waited for, in seconds or to a date, and not much more", arguments: ["7", "Mon, 01 Jun 2026 12:00:07 GMT", " 7 "])
    func retryAfter(text: String) async throws {
        world.faults(.answers(Self.busy(503, after: text)))
        _ = try await world.client.profiles.list()
        let waits = world.time.waits.current
        #expect(waits.count == 1)
        #expect(waits[0] >= .seconds(7) && waits[0] < .milliseconds(7200))
    }

    @Test("A Retry-After that nobody can read is as good as none", arguments: ["soon", "", "-5", "1.5", "Mon, 31 Feb 2026 12:00:07 GMT"])
    func badRetryAfter(text: String) async throws {
        world.faults(.answers(Self.busy(503, after: text)))
        _ = try await world.client.profiles.list()
        #expect(world.time.waits.current.allSatisfy { $0 < .seconds(1) })
        let session = try await world.makeSession()
        world.faults(.answers(Self.busy(503, after: text)))
        #expect(await failure { try await session.extend(by: .seconds(1)) }?.kind == .server)
    }

    @Test("A Retry-After beyond the cap is not waited for but told", arguments: ["61", "3600", "99999999999999999999", "Fri, 01 Jan 2100 00:00:00 GMT"])
    func longRetryAfter(text: String) async throws {
        world.faults(.answers(Self.busy(429, after: text)))
        let error = await failure { try await world.client.profiles.list() }
        #expect(error?.kind == .rateLimited)
        #expect((error?.retryAfter ?? .zero) >= .seconds(61))
        #expect(world.time.waits.current.isEmpty)
    }

    @Test("It gives up after the attempts that the policy allows and tells the last failure")
    func attempts() async throws {
        world.faults(.fails(.notConnected), .answers(Self.busy), .fails(.connectionLost), .answers(.error(500, "INTERNAL", "last")))
        let error = await failure { try await world.client.profiles.list() }
        #expect(error?.message == "last")
        #expect(world.requests.count == 4)
        let once = World { $0.retries = .none }
        once.faults(.fails(.notConnected))
        #expect(await failure { try await once.client.profiles.list() }?.kind == .connection)
        #expect(once.requests.count == 1)
    }

    @Test("Waits without Retry-After are random, below bounds that double up to a limit")
    func jitter() async throws {
        for (random, expected) in [(UInt64.min, [0.0, 0, 0, 0, 0]), (UInt64.max, [1.0, 2, 4, 5, 5]), (UInt64.max / 2, [0.5, 1, 2, 2.5, 2.5])] {
            let world = World(random: random) {
                $0.retries = RetryPolicy(maximumAttempts: 6, firstDelay: .seconds(1), maximumDelay: .seconds(5))
            }
            world.faults(.answers(Self.busy), .answers(Self.busy), .answers(Self.busy), .answers(Self.busy), .answers(Self.busy))
            _ = try await world.client.profiles.list()
            let waits = world.time.waits.current.map { $0 / .seconds(1) }
            #expect(zip(waits, expected).allSatisfy { abs($0 - $1) < 0.001 } && waits.count == 5, "\(waits)")
        }
    }

    @Test("No attempt begins after the total time, however slow the attempts are")
    func totalTime() async throws {
        let time = world.time
        world.server.onRequest.withLock {
            $0 = { _ in
                time.advance(by: .seconds(35))
                throw TransportError(.timedOut, message: "slow")
            }
        }
        #expect(await failure { try await world.client.profiles.list() }?.kind == .timeout)
        #expect(world.requests.count == 2)
    }

    @Test("Each retry is logged with its reason and its wait")
    func logged() async throws {
        world.faults(.fails(.notConnected), .answers(Self.busy(429, after: "3")))
        _ = try await world.client.profiles.list()
        let lines = world.log.current.filter { $0.hasPrefix("notice") }
        #expect(lines.count == 2)
        #expect(lines[0].contains("reason=no connection") && lines[0].contains("attempt=1"))
        #expect(lines[1].contains("reason=rate limited") && lines[1].contains("wait=3.") && lines[1].contains("x-correlator="))
    }

    @Test("The time that an attempt may take is the configured one")
    func timeouts() async throws {
        let world = World { $0.requestTimeout = .seconds(3) }
        _ = try await world.client.profiles.list()
        #expect(world.requests[0].timeout == .seconds(3))
    }
}
