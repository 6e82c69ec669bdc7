import QoDTestSupport
@testable import SessionEngine
import SQLiteStore
import Southbound
import Testing

@Suite("Orders to a network that names its flows itself")
struct OrderTests {
    private let network = HandleNetwork(), mute = HandleNetwork(lists: false)
    private let directory = TownDirectory([1000: Fixture.addresses(), 1001: Fixture.addresses(1001)])

    private func harness(_ network: HandleNetwork, after other: SiteHarness? = nil, profiles: ProfileCatalogue = ProfileCatalogue()) async throws -> SiteHarness {
        try await SiteHarness(
            [SiteHarness.site("default", network, directory, profiles: profiles)], store: other?.store, clock: other?.clock ?? TestClock())
    }

    @Test("a restart repeats no order that the network obeyed, whether or not the network can list", arguments: [true, false])
    func restart(lists: Bool) async throws {
        let network = lists ? network : mute
        let first = try await harness(network)
        let session = try await first.create(1000)
        #expect(session.status == .available)
        await first.kill()
        let count = network.orders.count
        let second = try await harness(network, after: first)
        try await second.passTime(.seconds(200), step: .seconds(1))
        #expect(network.orders.count == count)
        try await second.engine.delete(session.id, of: Fixture.client)
        try await second.passTime { network.subscriptions.isEmpty }
        #expect(network.orders.last?.handle == NetworkHandle("subscriptions/1"), "the stored handle")
        await second.kill()
    }

    @Test("a restart repeats the order of a session whose profile has changed")
    func profileChanged() async throws {
        let first = try await harness(network)
        let session = try await first.create(1000)
        await first.kill()
        let profiles = QoSProfile.builtIn.map { profile in
            var profile = profile
            if profile.name.description == "QOS_L" { profile.targetMinDownstreamRate = Rate(9, .mbps) }
            return profile
        }
        let second = try await harness(network, after: first, profiles: ProfileCatalogue(profiles))
        try await second.passTime { network.subscriptions[session.id]?.grant.profile.targetMinDownstreamRate == Rate(9, .mbps) }
        await second.kill()
    }

    @Test("after the restore of an older backup, the network obeys again: it serves a session in its present form, and releases it")
    func restoredBackup() async throws {
        let first = try await harness(network)
        let (kept, ended) = (try await first.create(1000), try await first.create(1001))
        await first.kill()
        for session in [kept, ended] { network.outgrow(session.id, by: 5) }
        _ = try await first.store.change([ended.id]) { $0.deleted(at: first.clock.now) }
        let second = try await harness(network, after: first)
        try await second.passTime { network.subscriptions[ended.id] == nil && network.subscriptions[kept.id]?.held.generation == 7 }
        try await second.passTime { try await second.session(kept.id).placement?.generation == 7 }
        #expect(network.subscriptions[kept.id]?.held.fingerprint == network.orders.last { $0.session == kept.id }?.fingerprint)
        try await second.engine.delete(kept.id, of: Fixture.client)
        try await second.passTime { network.subscriptions.isEmpty }
        await second.kill()
    }

    @Test("a network that has lost everything gets all orders again: by its inventory, or by its report", arguments: [true, false])
    func lost(lists: Bool) async throws {
        let network = lists ? network : mute
        let harness = try await harness(network)
        _ = try await harness.create(1000)
        _ = try await harness.create(1001)
        network.loseEverything()
        if !lists { network.report(.disturbed("restarted")) }
        try await harness.passTime(.seconds(1)) { network.subscriptions.count == 2 }
        await harness.kill()
    }

    @Test("one order that fails does not repeat the others")
    func oneFails() async throws {
        let harness = try await harness(network)
        let (bad, good) = (try await harness.create(1000), try await harness.create(1001))
        network.fail(NetworkError("not this one"), for: bad.id)
        directory.put(1000, Fixture.addresses(1700))
        directory.put(1001, Fixture.addresses(1701))
        try await harness.passTime { network.subscriptions[good.id]?.held.generation == 2 }
        try await harness.passTime(.seconds(20))
        #expect(network.orders.count { $0.session == good.id } == 2)
        #expect(network.orders.count { $0.session == bad.id } > 3)
        network.fail(nil, for: bad.id)
        try await harness.passTime { network.subscriptions[bad.id]?.held.generation == 2 }
        await harness.kill()
    }

    @Test("a busy network is left alone for as long as it wants")
    func busy() async throws {
        let harness = try await harness(network)
        network.fail(NetworkError(.busy, "overloaded", retryAfter: .seconds(10)))
        async let waiting = harness.create(1000)
        try await harness.passTime { network.orders.count == 1 }
        let begin = harness.clock.uptime
        network.fail(nil)
        try await harness.passTime { network.orders.count == 2 }
        #expect(harness.clock.uptime - begin >= .seconds(9))
        let session = try await waiting
        try await harness.passTime { try await harness.session(session.id).status == .available }
        await harness.kill()
    }

    @Test("a rejection ends the session at once with the network's reason, and is not repeated")
    func rejected() async throws {
        let harness = try await harness(network)
        network.fail(NetworkError(.rejected, "no licence for this profile"))
        let session = try await harness.create(1000)
        #expect(session.status == .unavailable && session.networkReason == "no licence for this profile")
        try await harness.passTime(.seconds(400), step: .seconds(1))
        #expect(network.orders.count { $0.grant != nil } == 1)
        // A release that the network rejects is not repeated either.
        #expect(network.orders.count { $0.grant == nil } <= 2)
        await harness.kill()
    }

    @Test("an unknown outcome is repeated until it is known")
    func unknown() async throws {
        let harness = try await harness(network)
        network.fail(NetworkError(.unknownOutcome, "the connection broke"))
        async let waiting = harness.create(1000)
        try await harness.passTime { network.orders.count >= 2 }
        network.fail(nil)
        let session = try await waiting
        try await harness.passTime { try await harness.session(session.id).status == .available }
        await harness.kill()
    }

    @Test("a late report about an older generation changes nothing; one about the present generation does")
    func lateReports() async throws {
        network.answerPending(true)
        let harness = try await harness(network)
        async let waiting = harness.create(1000)
        try await harness.passTime { network.subscriptions.count == 1 }
        let handle = NetworkHandle("subscriptions/1")
        try await harness.passTime(.seconds(1))
        let session = try await waiting
        #expect(session.status == .requested)
        directory.put(1000, Fixture.addresses(1700))
        try await harness.passTime { network.subscriptions[session.id]?.held.generation == 2 }
        network.report(.ready(.handle(handle), generation: 1))
        network.report(.ended(session.id, generation: 1, reason: "late"))
        try await harness.passTime(.seconds(2))
        #expect(try await harness.session(session.id).status == .requested)
        network.report(.ready(.handle(handle), generation: 2))
        try await harness.passTime { try await harness.session(session.id).status == .available }
        network.report(.ended(.handle(handle), reason: "the cell is full"))
        try await harness.passTime { try await harness.session(session.id).status == .unavailable }
        #expect(try await harness.session(session.id).networkReason == "the cell is full")
        await harness.kill()
    }

    @Test("an order of a later session has a higher rank, also after a restart")
    func ranks() async throws {
        let first = try await harness(network)
        _ = try await first.create(1000)
        _ = try await first.create(1001)
        await first.kill()
        let second = try await harness(network, after: first)
        _ = try await second.create(1000, server: "203.0.113.9")
        let ranks = network.orders.filter { $0.grant != nil }.map(\.rank)
        #expect(ranks.count == 3 && ranks == ranks.sorted() && Set(ranks).count == 3)
        await second.kill()
    }

    @Test("fingerprints differ with each part of an order, and are the same in every process")
    func fingerprints() throws {
        let grant = NetworkDriverConformance.grant(1)
        var seen: Set<UInt64> = [grant.order().fingerprint, grant.order(rank: 2).fingerprint]
        seen.insert(NetworkDriverConformance.grant(1, profile: "QOS_L").order().fingerprint)
        let (addresses, flow, profile) = (grant.addresses, grant.flow, grant.profile)
        let ports = Flow(applicationServer: flow.applicationServer, devicePorts: try PortsSpec(ports: [80]))
        let others = [
            Grant(session: grant.session, addresses: Fixture.addresses(1700), flow: flow, profile: profile),
            Grant(session: grant.session, addresses: addresses, flow: Fixture.flow("203.0.113.9"), profile: profile),
            Grant(session: grant.session, addresses: addresses, flow: ports, profile: profile),
            Grant(session: grant.session, addresses: addresses, flow: flow, profile: profile, yields: true),
        ]
        for other in others { seen.insert(other.order().fingerprint) }
        #expect(seen.count == 7)
        #expect(grant.order(generation: 9).fingerprint == grant.order().fingerprint, "the generation is not programmed")
        var hash = StableHash()
        hash.add("DOWNLINK_L_UPLINK_L")
        hash.add(42)
        #expect(hash.value == StableHashSample.value)
    }
}

/// The value that the first version computed. A change of the hash makes every network get every order again.
private enum StableHashSample {
    static let value: UInt64 = 0xd2d6a4aa84c365bb
}
