import QoDTestSupport
import QualityOnDemand
import SessionEngine
import SimulatedNetwork
import Testing

@Suite("A session's life, from its creation until it is gone")
struct LifeTests {
    @Test("on a fast network it is available at once, with its times, and the network serves it")
    func availableAtOnce() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(duration: 60), by: Fixture.client)
            #expect(session.status == .available)
            #expect(session.startedAt == harness.clock.now)
            #expect(session.expiresAt == harness.clock.now.adding(seconds: 60))
            #expect(try await harness.engine.session(session.id, of: Fixture.client) == session)
            #expect(harness.network.service(for: session.id)?.downstream == 20_000_000)
        }
    }

    @Test("it ends on time, says so once, and leaves nothing in the network or the store")
    func expiry() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(duration: 10), by: Fixture.client)
            try await harness.advance(by: .milliseconds(9_900))
            #expect(try await harness.engine.session(session.id, of: Fixture.client).status == .available)
            try await harness.advance(by: .milliseconds(200))
            #expect(await refusal { _ = try await harness.engine.session(session.id, of: Fixture.client) } == .sessionNotFound)
            try await eventually { try await harness.store.count() == 0 }
            #expect(try await harness.held() == [])
            #expect(try await harness.told(session.id) == ["AVAILABLE", "UNAVAILABLE DURATION_EXPIRED"])
            let events = try await harness.store.events(of: session.id)
            #expect(events.last?.change.time == session.expiresAt)
        }
    }

    @Test("on a slow network it is requested first, without times, and its duration counts from when it is available")
    func availableLater() async throws {
        try await Harness.with { harness in
            let asked = try await harness.createSlow(try harness.order(2000, duration: 60))
            #expect(asked.status == .requested)
            #expect(asked.startedAt == nil && asked.expiresAt == nil)
            try await harness.advance(by: .seconds(2))
            let session = try await harness.engine.session(asked.id, of: Fixture.client)
            #expect(session.status == .available)
            let started = try #require(session.startedAt)
            #expect(started >= asked.createdAt.adding(seconds: 2))
            #expect(session.expiresAt == started.adding(seconds: 60))
        }
    }

    @Test("that the network fails to provide stays readable for 360 s, keeps its flow so long, and is then gone")
    func terminated() async throws {
        try await Harness.with { harness in
            let asked = try await harness.createSlow(try harness.order(3000))
            try await harness.advance(by: .seconds(3))
            let session = try await harness.engine.session(asked.id, of: Fixture.client)
            #expect(session.status == .unavailable && session.statusInfo == .networkTerminated)
            #expect(await refusal { _ = try await harness.engine.create(try harness.order(3000), by: Fixture.client) } == .conflict)
            #expect(try await harness.held() == [])
            try await harness.advance(by: .seconds(356), step: .seconds(4))
            #expect(try await harness.engine.session(asked.id, of: Fixture.client).status == .unavailable)
            try await harness.advance(by: .seconds(5), step: .seconds(1))
            #expect(await refusal { _ = try await harness.engine.session(asked.id, of: Fixture.client) } == .sessionNotFound)
            try await eventually { try await harness.store.count() == 0 }
            #expect(try await harness.told(asked.id) == ["UNAVAILABLE NETWORK_TERMINATED"])
        }
    }

    @Test("that the network ends after a while tells how long it really ran")
    func endedByNetwork() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(4000), by: Fixture.client)
            #expect(session.status == .available)
            try await harness.advance(by: .seconds(6))
            let ended = try await harness.engine.session(session.id, of: Fixture.client)
            #expect(ended.statusInfo == .networkTerminated)
            #expect(ended.duration == 5)
            #expect(try await harness.told(session.id) == ["AVAILABLE", "UNAVAILABLE NETWORK_TERMINATED"])
        }
    }

    @Test("deleted, it is gone for clients at once, and its flow is free again")
    func deletion() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(), by: Fixture.client)
            try await harness.engine.delete(session.id, of: Fixture.client)
            #expect(await refusal { _ = try await harness.engine.session(session.id, of: Fixture.client) } == .sessionNotFound)
            #expect(await refusal { try await harness.engine.delete(session.id, of: Fixture.client) } == .sessionNotFound)
            let next = try await harness.engine.create(try harness.order(), by: Fixture.client)
            try await eventually { try await harness.held() == [next.id] }
            try await eventually { try await harness.store.count() == 1 }
            #expect(try await harness.told(session.id) == ["AVAILABLE", "UNAVAILABLE DELETE_REQUESTED"])
        }
    }

    @Test("extended, it ends later, and never after what its profile allows")
    func extending() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(profile: "SHORT", duration: 10), by: Fixture.client)
            let longer = try await harness.engine.extend(session.id, by: 20, of: Fixture.client)
            #expect(longer.duration == 30)
            #expect(longer.expiresAt == session.startedAt?.adding(seconds: 30))
            try await harness.advance(by: .seconds(15))
            #expect(try await harness.engine.session(session.id, of: Fixture.client).status == .available)
            let longest = try await harness.engine.extend(session.id, by: 2_147_483_647, of: Fixture.client)
            #expect(longest.duration == 300)
            try await harness.advance(by: .seconds(286), step: .seconds(2))
            #expect(await refusal { _ = try await harness.engine.extend(session.id, by: 1, of: Fixture.client) } == .sessionNotFound)
            try await eventually { try await harness.store.count() == 0 }
        }
    }

    @Test("extension is refused unless it is available")
    func extendingTooEarly() async throws {
        try await Harness.with { harness in
            let asked = try await harness.createSlow(try harness.order(2000))
            #expect(await refusal { _ = try await harness.engine.extend(asked.id, by: 5, of: Fixture.client) } == .extensionNotAllowed)
            #expect(try await harness.engine.session(asked.id, of: Fixture.client).duration == 3600)
        }
    }

    @Test("a wall clock set forward ends what is due; set back, nothing ends twice")
    func clockJumps() async throws {
        try await Harness.with { harness in
            let session = try await harness.engine.create(try harness.order(duration: 100), by: Fixture.client)
            harness.clock.jump(by: .seconds(101))
            try await harness.advance(until: { try await harness.told(session.id).count == 2 })
            harness.clock.jump(by: .seconds(-101))
            try await harness.advance(by: .milliseconds(200))
            try await harness.advance(until: { try await harness.told(session.id).count > 1 })
            try await harness.advance(by: .seconds(102))
            #expect(try await harness.told(session.id) == ["AVAILABLE", "UNAVAILABLE DURATION_EXPIRED"])
        }
    }
}
