import HTTPTypes
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import QoDServer

@Suite("The rate of a client's requests")
struct RateLimitTests {
    private let clock = TestClock()
    private let one = ClientID("one")

    /// The seconds that a refused request has to wait; `nil` if the limiter admits the request.
    private func wait(_ limiter: RateLimiter, _ client: ClientID? = nil) -> Int? {
        do {
            try limiter.admit(client ?? one)
            return nil
        } catch {
            #expect(error.status == .tooManyRequests)
            return error.retryAfter
        }
    }

    @Test("may burst, and then goes on at the rate")
    func burst() {
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 2, burst: 5), clock: clock)
        for _ in 0..<5 { #expect(wait(limiter) == nil) }
        #expect(wait(limiter) == 1)
        clock.advance(by: .milliseconds(499))
        #expect(wait(limiter) == 1)
        clock.advance(by: .milliseconds(1))
        #expect(wait(limiter) == nil)
        #expect(wait(limiter) == 1)
        clock.advance(by: .seconds(3600))
        for _ in 0..<5 { #expect(wait(limiter) == nil) }
        #expect(wait(limiter) == 1, "an hour saves up no more than the burst")
    }

    @Test("over a long time is the rate, however the client tries")
    func longRun() {
        var random = SeededGenerator(seed: 7)
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 10, burst: 3), clock: clock)
        var passed = 0
        for _ in 0..<20_000 {
            clock.advance(by: .milliseconds(random.int(in: 0...20)))
            if wait(limiter) == nil { passed += 1 }
        }
        let allowed = Double(clock.uptime.components.seconds) * 10
        #expect(Double(passed) <= allowed + 13 && Double(passed) > allowed * 0.95, "\(passed) of \(allowed)")
    }

    @Test("tells in whole seconds when one is possible, and then it is")
    func retryAfter() throws {
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 0.3), clock: clock)
        #expect(wait(limiter) == nil)
        let seconds = try #require(wait(limiter))
        #expect(seconds == 4)
        clock.advance(by: .seconds(seconds - 1))
        #expect(wait(limiter) == 1)
        clock.advance(by: .seconds(1))
        #expect(wait(limiter) == nil)
    }

    @Test("is each client's own")
    func clients() {
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 1), clock: clock)
        #expect(wait(limiter) == nil)
        #expect(wait(limiter) == 1)
        #expect(wait(limiter, ClientID("two")) == nil)
    }

    @Test("is forgotten of clients that rest, so that memory is bounded")
    func memory() {
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 1, burst: 2), mostClients: 5000, clock: clock)
        for number in 0..<50_000 {
            #expect(wait(limiter, ClientID("client-\(number)")) == nil)
            clock.advance(by: .milliseconds(1))
            #expect(limiter.count <= 5000)
        }
        // If more clients call at once than the limiter remembers, the excess clients wait.
        let full = RateLimiter(RateLimit(requestsPerSecond: 0.01), mostClients: 10, clock: clock)
        let passed = (0..<20).filter { wait(full, ClientID("\($0)")) == nil }.count
        #expect(passed == 10 && full.count == 10)
    }

    @Test("over many tasks at once lets as many pass as the burst")
    func concurrency() async {
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 1, burst: 100), clock: clock)
        let passed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 { group.addTask { (try? limiter.admit(ClientID("one"))) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(passed == 100)
    }

    @Test("holds for requests of every kind together, and not for health")
    func http() async throws {
        let setup = Setup { setup in
            setup.server.rateLimit = RateLimit(requestsPerSecond: 0.01, burst: 3)
            setup.requestClock = clock
        }
        try await Platform.with(setup) { platform in
            #expect(try await platform.caller.create().status == 201)
            #expect(try await platform.caller.send(Operation.getQosProfile.call()).status == 200)
            #expect(try await platform.caller.get("no-uuid").status == 400)
            for operation in Operation.allCases {
                let answer = try await platform.caller.send(operation.call().with("x-correlator", "slow-down"))
                answer.expectError(429, "TOO_MANY_REQUESTS")
                #expect(answer.header("retry-after") == "100")
                #expect(answer.header("x-correlator") == "slow-down")
            }
            #expect(try await platform.caller.send(.get, "/health/ready").status == 200)
            #expect(try await platform.other.create(["device": Body.phone(1001)]).status == 201)
            clock.advance(by: .seconds(100))
            #expect(try await platform.caller.send(Operation.getQosProfile.call()).status == 200)
        }
    }
}

@Suite("Live sessions that a client or device may have")
struct LiveLimitTests {
    @Test("are counted for each client: one more is refused until one ends")
    func client() async throws {
        try await Platform.with(Setup { $0.engine.liveLimits.perClient = 2 }) { platform in
            let first = try await platform.session()
            _ = try await platform.session(["device": Body.phone(1001)])
            try await platform.caller.create(["device": Body.phone(1002)]).expectError(429, "QUOTA_EXCEEDED", "client")
            #expect(try await platform.store.count() == 2)
            #expect(try await platform.other.create(["device": Body.phone(1003)]).status == 201)
            #expect(try await platform.caller.delete(first).status == 204)
            #expect(try await platform.caller.create(["device": Body.phone(1002)]).status == 201)
        }
    }

    @Test("are counted for each device, whoever created them")
    func device() async throws {
        try await Platform.with(Setup { $0.engine.liveLimits.perDevice = 1 }) { platform in
            let id = try await platform.session()
            let elsewhere = ["applicationServer": #"{"ipv4Address": "203.0.113.9"}"#] as [String: String?]
            try await platform.other.create(elsewhere).expectError(429, "QUOTA_EXCEEDED", "device")
            #expect(try await platform.caller.endFromNetwork(id).status == 204)
            #expect(try await platform.other.create(elsewhere).status == 201)
        }
    }
}
