import NIOConcurrencyHelpers
import QoDTestSupport
@testable import SessionEngine
import SQLiteStore
import Southbound
import Testing

@Suite("Several sites")
struct SiteTests {
    private let north = HandleNetwork(), east = HandleNetwork(lists: false), west = HandleNetwork()

    @Test("a network that names its flows itself keeps the contract of a network", arguments: NetworkDriverConformance.checks)
    func conforms(check: NetworkDriverConformance.Check) async throws {
        try await check.run(HandleNetwork())
    }

    @Test("a site whose network hangs for ten minutes and a site that fails every call delay no session of a third")
    func isolation() async throws {
        let devices = (1000..<1050).map { ($0, Fixture.addresses($0)) }
        let (slow, sick, sound) = (
            TownDirectory(Dictionary(uniqueKeysWithValues: devices.map { ($0.0, $0.1) })),
            TownDirectory(Dictionary(uniqueKeysWithValues: devices.map { ($0.0 + 100, $0.1) })),
            TownDirectory(Dictionary(uniqueKeysWithValues: devices.map { ($0.0 + 200, $0.1) }))
        )
        var settings = SiteSettings()
        settings.reconcileConcurrency = 8
        let harness = try await SiteHarness([
            SiteHarness.site("slow", north, slow, settings: settings), SiteHarness.site("sick", east, sick, settings: settings),
            SiteHarness.site("sound", west, sound, settings: settings),
        ])
        north.hang(true)
        east.fail(NetworkError("always"))
        let isOver = NIOLockedValueBox(false)
        // Creations at the broken sites wait for time to pass, so they run beside.
        let load = Task {
            for round in 0..<20 where !isOver.withLockedValue({ $0 }) {
                await withTaskGroup(of: Void.self) { group in
                    for device in 0..<50 {
                        for site in [0, 100] {
                            group.addTask { _ = try? await harness.create(1000 + site + device, server: "198.51.100.\(round)") }
                        }
                    }
                }
            }
        }
        var created = 0
        let end = harness.clock.uptime + .seconds(600)
        while harness.clock.uptime < end {
            // The clock stands still during this call, so nothing can time out: only an answer of the network helps.
            let session = try await harness.create(1200 + created % 50, server: "203.0.113.\(created / 50)")
            #expect(session.status == .available && session.site.description == "sound")
            created += 1
            try await harness.passTime(.seconds(2))
        }
        isOver.withLockedValue { $0 = true }
        #expect(created == 300)
        #expect(west.subscriptions.count == created)
        // Each lane makes at most so many calls of workers and of creations at the same time, and the comparison's one.
        // Calls that were given up after a minute are counted until they return.
        let unreturned = harness.engine.reconciler.lane(of: try SiteName("slow"))?.network.unreturnedCount ?? 0
        #expect(north.hangingCalls - unreturned <= 2 * settings.reconcileConcurrency + 1)
        #expect(north.hangingCalls <= TimedNetwork.mostUnreturned + 2 * settings.reconcileConcurrency + 1)
        #expect(harness.engine.reasonNotReady(try SiteName("sound")) == nil)
        #expect(await harness.engine.isReady(), "one site is enough to be ready")
        load.cancel()
        north.hang(false)
        east.fail(nil)
        await harness.kill()
    }

    @Test("the sessions of a site end in time and are released while the network of another site hangs with hundreds that have ended")
    func deadlines() async throws {
        let devices = Dictionary(uniqueKeysWithValues: (1000..<1100).map { ($0, Fixture.addresses($0)) })
        let harness = try await SiteHarness([
            SiteHarness.site("slow", north, TownDirectory(devices)),
            SiteHarness.site("sound", west, TownDirectory([1200: Fixture.addresses(1200)])),
        ])
        let begin = harness.clock.uptime
        for index in 0..<600 {
            var order = try harness.order(1000 + index % 100, server: "198.51.\(index / 25_000).\(index / 100)")
            order.duration = 60
            #expect(try await harness.engine.create(order, by: Fixture.client).status == .available)
        }
        var last = try harness.order(1200)
        last.duration = 62
        let session = try await harness.engine.create(last, by: Fixture.client)
        north.hang(true)
        try await harness.passTime(.seconds(61), step: .milliseconds(500))
        try await harness.passTime(.milliseconds(50)) { west.subscriptions.isEmpty }
        // The clock does not wait for the work between its steps. A call of the hanging network is given up after 60 s, so
        // a session that waited for it would end after 120 s.
        #expect(harness.clock.uptime - begin < .seconds(100), "\(harness.clock.uptime - begin)")
        #expect(try await harness.told(session.id) == ["AVAILABLE", "UNAVAILABLE DURATION_EXPIRED"])
        #expect(north.hangingCalls <= 6, "four releases, a comparison and a worker at most")
        north.hang(false)
        try await harness.passTime { north.subscriptions.isEmpty }
        // The removal of many sessions waits for more of them.
        try await harness.passTime { try await harness.store.count() == 0 }
        await harness.kill()
    }

    @Test("a device that moves to another site is released there by its handle and served here, and its session goes on")
    func moving() async throws {
        let (here, there) = (TownDirectory([1000: Fixture.addresses()]), TownDirectory([:]))
        let harness = try await SiteHarness([SiteHarness.site("north", north, here), SiteHarness.site("east", east, there)])
        let session = try await harness.create(1000)
        #expect(session.status == .available && session.site.description == "north")
        #expect(session.placement?.handle == NetworkHandle("subscriptions/1") && session.generation == 1)
        let new = Fixture.addresses(1555)
        here.put(1000, nil)
        there.put(1000, new)
        try await harness.passTime { north.subscriptions.isEmpty && east.subscriptions.count == 1 }
        #expect(east.subscriptions[session.id]?.grant.addresses == new)
        #expect(north.orders.last?.handle == NetworkHandle("subscriptions/1"))
        try await eventually { try await harness.session(session.id).formerPlacements.isEmpty }
        let moved = try await harness.session(session.id)
        #expect(moved.status == .available && moved.site.description == "east" && moved.generation == 2)
        #expect(moved.startedAt == session.startedAt && moved.placement?.generation == 2)
        #expect(try await harness.told(session.id) == ["AVAILABLE"])
        // The flow is blocked where the device is now, and the device's sessions are listed.
        let again = try harness.order(1000)
        #expect(await refusal { _ = try await harness.engine.create(again, by: Fixture.client) } == .conflict)
        #expect(try await harness.engine.sessions(for: again.device, of: Fixture.client).map(\.id) == [session.id])
        // And back again.
        there.put(1000, nil)
        here.put(1000, Fixture.addresses())
        try await harness.passTime { north.subscriptions.count == 1 && east.subscriptions.isEmpty }
        try await harness.engine.delete(session.id, of: Fixture.client)
        try await harness.passTime { north.subscriptions.isEmpty }
        try await eventually { try await harness.store.count() == 0 }
        await harness.kill()
    }

    @Test("a device that is at two sites in one moment keeps its session where it is")
    func twoSites() async throws {
        let (here, there) = (TownDirectory([1000: Fixture.addresses()]), TownDirectory([1000: Fixture.addresses(1555)]))
        let harness = try await SiteHarness([SiteHarness.site("north", north, here), SiteHarness.site("east", east, there)])
        let session = try await harness.create(1000)
        #expect(session.site.description == "north", "the first site in the configuration")
        try await harness.passTime(.seconds(130), step: .seconds(1))
        #expect(try await harness.session(session.id).site.description == "north")
        #expect(east.orders.isEmpty)
        await harness.kill()
    }

    @Test("the same address at two sites means two devices")
    func sameAddress() async throws {
        let (here, there) = (TownDirectory([1000: Fixture.addresses()]), TownDirectory([1001: Fixture.addresses()]))
        let harness = try await SiteHarness([SiteHarness.site("north", north, here), SiteHarness.site("east", east, there)])
        let (first, second) = (try await harness.create(1000), try await harness.create(1001))
        #expect(first.status == .available && second.status == .available)
        #expect(first.subject.key != second.subject.key)
        #expect(north.subscriptions.count == 1 && east.subscriptions.count == 1)
        await harness.kill()
    }

    @Test("a client that is bound to sites finds only their devices")
    func bound() async throws {
        let harness = try await SiteHarness([
            SiteHarness.site("north", north, TownDirectory([1000: Fixture.addresses()])),
            SiteHarness.site("east", east, TownDirectory([1001: Fixture.addresses(1001)])),
        ])
        let bound: Set<SiteName> = [try SiteName("east")]
        let (far, near) = (try harness.order(1000, sites: bound), try harness.order(1001, sites: bound))
        #expect(await refusal { _ = try await harness.engine.create(far, by: Fixture.client) } == .deviceNotFound)
        #expect(try await harness.engine.create(near, by: Fixture.client).site.description == "east")
        await harness.kill()
    }

    @Test("a session whose flow is taken at its device's new site stays, has no address there, and follows when the flow is free")
    func takenFlow() async throws {
        let (here, there) = (TownDirectory([1000: Fixture.addresses()]), TownDirectory([:]))
        let harness = try await SiteHarness([SiteHarness.site("north", north, here), SiteHarness.site("east", east, there)])
        let session = try await harness.create(1000)
        // The other client is bound to the site east, so it gets a session of the same device there.
        there.put(1000, Fixture.addresses(1555))
        var order = try harness.order(1000, sites: [try SiteName("east")])
        order.duration = 60
        let other = try await harness.engine.create(order, by: ClientID("another"))
        #expect(other.site.description == "east")
        here.put(1000, nil)
        try await harness.passTime { try await harness.session(session.id).subject.addresses.isEmpty }
        #expect(try await harness.session(session.id).site.description == "north")
        #expect(east.subscriptions.keys.map(\.self) == [other.id])
        try await harness.passTime(.seconds(1)) { try await harness.session(session.id).site.description == "east" }
        try await harness.passTime { east.subscriptions.keys.map(\.self) == [session.id] && north.subscriptions.isEmpty }
        await harness.kill()
    }

    @Test("a site that the configuration does not name any more, and that a device has left, keeps no session")
    func lostFormerSite() async throws {
        let (here, there) = (TownDirectory([1000: Fixture.addresses()]), TownDirectory([:]))
        let before = try await SiteHarness([SiteHarness.site("north", north, here), SiteHarness.site("east", east, there)])
        let session = try await before.create(1000)
        north.fail(NetworkError("the line is cut"))
        here.put(1000, nil)
        there.put(1000, Fixture.addresses(1555))
        try await before.passTime { east.subscriptions.count == 1 }
        #expect(try await before.session(session.id).formerPlacements.count == 1)
        await before.kill()
        let after = try await SiteHarness([SiteHarness.site("east", east, there)], store: before.store, clock: before.clock)
        try await after.passTime(.seconds(1)) { try await after.session(session.id).formerPlacements.isEmpty }
        #expect(try await after.session(session.id).status == .available)
        try await after.engine.delete(session.id, of: Fixture.client)
        try await after.passTime(.seconds(1)) { try await after.store.count() == 0 }
        await after.kill()
    }

    @Test("sessions of a site that the configuration does not name any more can be deleted")
    func lostSite() async throws {
        let directory = TownDirectory([1000: Fixture.addresses()])
        let before = try await SiteHarness([SiteHarness.site("north", north, directory), SiteHarness.site("east", east, TownDirectory([:]))])
        let session = try await before.create(1000)
        await before.kill()
        let after = try await SiteHarness([SiteHarness.site("east", east, TownDirectory([:]))], store: before.store, clock: before.clock)
        #expect(try await after.session(session.id).status == .available)
        try await after.engine.delete(session.id, of: Fixture.client)
        try await after.passTime(.seconds(1)) { try await after.store.count() == 0 }
        await after.kill()
        // When the site comes back, its network still has the flow, and the comparison releases it.
        let again = try await SiteHarness([SiteHarness.site("north", north, directory)], store: before.store, clock: before.clock)
        try await again.passTime { north.subscriptions.isEmpty }
        await again.kill()
    }
}
