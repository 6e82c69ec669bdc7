import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Delivery of events", .timeLimit(.minutes(2)))
struct CourierTests {
    @Test("events arrive in order for each session, as soon as they are stored, without time going on")
    func order() async throws {
        let harness = try CourierHarness()
        var ids: [SessionID] = []
        for device in 0..<40 { ids.append(try await harness.session("https://a.example/\(device)", device: 1000 + device)) }
        try await harness.until { harness.sink.attempts.count >= 80 }
        for id in ids {
            let told = harness.sink.attempts.filter { $0.event.session == id }.map(\.event.change.status)
            #expect(told == [.available, .unavailable])
        }
        try await harness.until { try await harness.states(ids[39]) == [.delivered, .delivered] }
        #expect(harness.sink.attempts.count == 80, "each once")
        await harness.stop()
    }

    @Test("a failed event is tried again, later each time, with the same id, and those behind it wait")
    func backoff() async throws {
        let harness = try CourierHarness { _, number in number < 7 ? .retry(.status(503)) : .delivered }
        let id = try await harness.session("https://a.example/")
        try await harness.advance { try await harness.states(id).first == .delivered }
        let times = harness.sink.attempts.prefix(7).map(\.uptime)
        #expect(Set(harness.sink.attempts.prefix(7).map(\.event.id)).count == 1)
        for number in 1..<7 {
            let pause = times[number] - times[number - 1]
            let longest = Duration.seconds(1 << (number - 1))
            #expect(pause >= longest / 2 && pause <= longest + .seconds(1), "pause \(number) was \(pause)")
        }
        await harness.stop()
    }

    @Test("Retry-After is waited for, but no longer than the longest pause")
    func retryAfter() async throws {
        let harness = try CourierHarness(configuration: .with { $0.largestDelay = .seconds(60) }) { event, number in
            number > 1 ? .delivered : .retry(.status(429), after: event.change.status == .available ? .seconds(20) : .seconds(86_400))
        }
        let id = try await harness.session("https://a.example/")
        try await harness.advance(step: .milliseconds(500)) { try await harness.states(id) == [.delivered, .delivered] }
        let times = harness.sink.attempts.map(\.uptime)
        #expect(times.count == 4)
        #expect(times[1] - times[0] >= .seconds(20) && times[1] - times[0] < .seconds(30))
        #expect(times[3] - times[2] >= .seconds(60) && times[3] - times[2] < .seconds(70))
        await harness.stop()
    }

    @Test("after the time for it is over an event is given up, and the next one has its turn")
    func givesUp() async throws {
        let harness = try CourierHarness(configuration: .with { $0.retryFor = .seconds(30) }) { event, _ in
            event.change.status == .available ? .retry(.status(500)) : .delivered
        }
        let id = try await harness.session("https://a.example/")
        try await harness.advance { try await harness.states(id) == [.stopped, .delivered] }
        let last = try #require(harness.sink.attempts.last { $0.event.change.status == .available })
        #expect(last.uptime >= .seconds(30) && last.uptime < .seconds(32), "the last attempt is when time is over: \(last.uptime)")
        await harness.stop()
    }

    @Test("410 ends the sink of that session, also for what it tells later, and of no other session")
    func gone() async throws {
        let harness = try CourierHarness { event, _ in event.target?.sink.hasSuffix("/gone") == true ? .stop(.gone) : .delivered }
        let gone = try await harness.session("https://a.example/gone", deleted: false)
        let other = try await harness.session("https://a.example/there", device: 1001)
        try await harness.until { try await harness.states(gone) == [.stopped] }
        let now = harness.clock.now
        _ = try await harness.store.change([gone]) { $0.deleted(at: now) }
        try await harness.until { try await harness.states(other) == [.delivered, .delivered] }
        #expect(try await harness.states(gone) == [.stopped, .stopped])
        #expect(harness.sink.attempts.filter { $0.event.session == gone }.count == 1)
        await harness.stop()
    }

    @Test("a refusal gives up that event only")
    func refused() async throws {
        let harness = try CourierHarness { event, _ in event.change.status == .available ? .stop(.status(400)) : .delivered }
        let id = try await harness.session("https://a.example/")
        try await harness.until { try await harness.states(id) == [.stopped, .delivered] }
        #expect(try await harness.store.events(of: id).map(\.delivery.lastOutcome) == ["status-400", "delivered"])
        await harness.stop()
    }

    @Test("an expired token ends the sink without another attempt")
    func tokenExpires() async throws {
        let harness = try CourierHarness { _, _ in .retry(.status(500)) }
        let id = try await harness.session("https://a.example/", tokenSeconds: 5)
        try await harness.advance { try await harness.states(id) == [.stopped, .stopped] }
        #expect(harness.sink.attempts.allSatisfy { $0.uptime < .seconds(5) })
        #expect(try await harness.store.events(of: id).first?.delivery.lastOutcome == "token-expired")
        await harness.stop()
    }

    @Test("no more attempts are under way at one host and in all than are allowed, and a host that hangs holds up nobody else")
    func bounds() async throws {
        let harness = try CourierHarness(configuration: .with {
            $0.concurrency = 12
            $0.concurrencyPerHost = 4
        })
        harness.sink.hold("slow.example:443")
        for device in 0..<30 { try await harness.session("https://slow.example/\(device)", device: 1000 + device) }
        try await harness.until { harness.sink.runningAt("slow.example:443") == 4 }
        var others: [SessionID] = []
        for device in 0..<60 { others.append(try await harness.session("https://h\(device % 6).example/", device: 1100 + device)) }
        for id in others { try await harness.until { try await harness.states(id) == [.delivered, .delivered] } }
        #expect(harness.sink.runningAt("slow.example:443") == 4)
        #expect(harness.sink.mostAtOnce("slow.example:443") == 4)
        #expect(harness.sink.mostInAll <= 12)
        harness.sink.release("slow.example:443")
        try await harness.until { harness.sink.attempts.filter { $0.event.target?.host == "slow.example:443" }.count == 60 }
        await harness.stop()
    }

    @Test("hosts where nobody answers are asked by one event at a time, rarely, and take at most half of the places")
    func deadHosts() async throws {
        let harness = try CourierHarness(configuration: .with {
            $0.concurrency = 8
            $0.largestHostPause = .seconds(20)
        }) { event, _ in event.target?.host.hasPrefix("dead") == true ? .retry(.unreachable) : .delivered }
        for device in 0..<200 { try await harness.session("https://dead\(device % 2).example/", device: 1000 + device, deleted: false) }
        try await harness.advance(step: .milliseconds(500)) { harness.clock.uptime > .seconds(120) }
        let attempts = harness.sink.attempts.count
        #expect(attempts < 100, "\(attempts) attempts at two dead hosts in two minutes, with 200 events due")
        for host in ["dead0.example:443", "dead1.example:443"] { harness.sink.hold(host) }
        let id = try await harness.session("https://alive.example/", device: 1999)
        try await harness.until { try await harness.states(id) == [.delivered, .delivered] }
        await harness.stop()
    }

    @Test("a host that answers again has everything delivered that waited for it")
    func comesBack() async throws {
        let clock = TestClock(now: Fixture.time)
        let harness = try CourierHarness(clock: clock) { _, _ in clock.uptime < .seconds(40) ? .retry(.unreachable) : .delivered }
        var ids: [SessionID] = []
        for device in 0..<50 { ids.append(try await harness.session("https://a.example/", device: 1000 + device)) }
        for id in ids { try await harness.advance(step: .milliseconds(500)) { try await harness.states(id) == [.delivered, .delivered] } }
        await harness.stop()
    }
}
