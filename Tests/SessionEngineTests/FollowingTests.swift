import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import SimulatedNetwork
import Southbound
import Testing

@Suite("A device that changes its addresses")
struct FollowingTests {
    private let other = Fixture.addresses(1777)
    private let nowhere = NetworkAddresses(ipv4: nil, ipv6: nil)

    /// Runs a test with an engine, a directory whose devices move, and a session of device 1000.
    private func with(_ body: (Harness, ScriptedDirectory, SessionID) async throws -> Void) async throws {
        let directory = ScriptedDirectory()
        let harness = try Harness(directory: directory)
        try await harness.idle()
        let session = try await harness.engine.create(try harness.order(), by: Fixture.client)
        #expect(session.status == .available)
        try await body(harness, directory, session.id)
        await harness.kill()
    }

    private func addresses(_ id: SessionID, _ harness: Harness) -> NetworkAddresses? { harness.network.service(for: id)?.addresses }

    @Test("takes its sessions along as soon as the directory tells")
    func told() async throws {
        try await with { harness, directory, id in
            let bystander = try await harness.engine.create(try harness.order(1001), by: Fixture.client)
            directory.move(to: other)
            directory.tell()
            try await eventually { addresses(id, harness) == other }
            #expect(try await harness.store.session(id)?.subject.addresses == other)
            #expect(addresses(bystander.id, harness) == Fixture.addresses(1001))
            let session = try await harness.engine.session(id, of: Fixture.client)
            #expect(session.status == .available && session.subject.device == Fixture.subject().device)
            #expect(try await harness.told(id) == ["AVAILABLE"])
            let again = try harness.order()
            #expect(await refusal { _ = try await harness.engine.create(again, by: Fixture.client) } == .conflict)
        }
    }

    @Test("takes them along at the next comparison where the directory tells nothing")
    func notTold() async throws {
        try await with { harness, directory, id in
            directory.move(to: other)
            try await harness.advance(by: .seconds(30), step: .seconds(1))
            #expect(addresses(id, harness) == Fixture.addresses())
            try await harness.advance(by: .seconds(31), step: .seconds(1))
            try await eventually { addresses(id, harness) == other }
        }
    }

    @Test("takes them along once the network can be reached again")
    func unreachableNetwork() async throws {
        try await with { harness, directory, id in
            harness.network.faults.isUnreachable = true
            directory.move(to: other)
            directory.tell()
            try await eventually { try await harness.store.session(id)?.subject.addresses == other }
            try await harness.advance(by: .seconds(3))
            harness.network.faults = .init()
            #expect(addresses(id, harness) == Fixture.addresses())
            try await harness.advance(until: { addresses(id, harness) == other })
        }
    }

    @Test("takes them along also where the engine died after it had stored the addresses and before the network heard of them")
    func killed() async throws {
        let directory = ScriptedDirectory()
        let first = try Harness(directory: directory)
        try await first.idle()
        let session = try await first.engine.create(try first.order(), by: Fixture.client)
        first.network.faults.isUnreachable = true
        directory.move(to: other)
        directory.tell()
        try await eventually { try await first.store.session(session.id)?.subject.addresses == other }
        await first.kill()
        first.network.faults = .init()
        #expect(addresses(session.id, first) == Fixture.addresses())
        let second = try Harness(store: first.store, network: first.network, directory: ScriptedDirectory(), clock: first.clock)
        try await eventually { addresses(session.id, second) == other }
        #expect(try await second.told(session.id) == ["AVAILABLE"])
        await second.kill()
    }

    @Test("goes where it went last, however often it moves while the network is busy")
    func restless() async throws {
        try await with { harness, directory, id in
            harness.network.faults.latency = .milliseconds(300)
            for step in 1...20 {
                directory.move(to: Fixture.addresses(1700 + step))
                directory.tell()
                try await harness.advance(by: .milliseconds(step.isMultiple(of: 3) ? 400 : 100))
            }
            try await harness.advance(until: { addresses(id, harness) == Fixture.addresses(1720) })
            try await harness.advance(by: .seconds(2))
            #expect(addresses(id, harness) == Fixture.addresses(1720))
            #expect(try await harness.store.session(id)?.subject.addresses == Fixture.addresses(1720))
        }
    }

    @Test("is out of the network while it has no address, and in it again when it has one; its sessions live on")
    func outOfReach() async throws {
        try await with { harness, directory, id in
            directory.move(to: nowhere)
            directory.tell()
            try await eventually { try await harness.held().isEmpty }
            #expect(try await harness.engine.session(id, of: Fixture.client).status == .available)
            // No comparison programs the session again.
            try await harness.advance(by: .seconds(61), step: .seconds(1))
            #expect(try await harness.held().isEmpty)
            let order = try harness.order(server: "198.51.100.8")
            #expect(await refusal { _ = try await harness.engine.create(order, by: Fixture.client) } == .deviceNotServed)
            #expect(try await harness.engine.sessions(for: order.device, of: Fixture.client).map(\.id) == [id])
            directory.move(to: other)
            directory.tell()
            try await eventually { addresses(id, harness) == other }
            directory.move(to: nowhere)
            try await harness.advance(by: .seconds(61), step: .seconds(1))
            try await eventually { try await harness.held().isEmpty }
            try await harness.engine.delete(id, of: Fixture.client)
            try await eventually { try await harness.store.count() == 0 }
            #expect(try await harness.told(id) == ["AVAILABLE", "UNAVAILABLE DELETE_REQUESTED"])
        }
    }

    @Test("without an address of the service's IP version is out of the network too")
    func otherVersion() async throws {
        try await with { harness, directory, id in
            directory.move(to: NetworkAddresses(ipv4: nil, ipv6: other.ipv6))
            directory.tell()
            try await eventually { try await harness.held().isEmpty }
            #expect(try await harness.engine.session(id, of: Fixture.client).status == .available)
        }
    }

    @Test("keeps its sessions where they are while the directory cannot be asked")
    func silentDirectory() async throws {
        try await with { harness, directory, id in
            directory.fail(.unreachable("gone"))
            directory.move(to: other)
            directory.tell()
            try await harness.advance(by: .seconds(61), step: .seconds(1))
            #expect(addresses(id, harness) == Fixture.addresses() && directory.timesAsked > 0)
            directory.fail(nil)
            try await harness.advance(by: .seconds(61), step: .seconds(1))
            try await eventually { addresses(id, harness) == other }
        }
    }

    @Test("is followed also by a directory that stopped and was started again, and over a store that failed")
    func restarted() async throws {
        let (directory, store) = (ScriptedDirectory(), FlakyStore(try SQLiteStore.inMemory()))
        let harness = try Harness(store: store, directory: directory)
        try await harness.idle()
        let session = try await harness.engine.create(try harness.order(), by: Fixture.client)
        directory.stop(2)
        store.failure = StoreError(.failed, "no")
        directory.move(to: other)
        directory.tell()
        try await harness.advance(by: .seconds(5))
        store.failure = nil
        directory.tell()
        try await harness.advance(until: { addresses(session.id, harness) == other })
        await harness.kill()
    }

    @Test("takes its assignment along, and ended sessions stay as they were")
    func assignments() async throws {
        try await with { harness, directory, id in
            let order = AssignmentOrder(device: try harness.order().device, profile: try QoSProfileName("QOS_M"))
            let assignment = try await harness.engine.assign(order, by: Fixture.client)
            try await harness.engine.endFromNetwork(id, of: Fixture.client)
            directory.move(to: other)
            directory.tell()
            try await eventually { addresses(assignment.id, harness) == other }
            #expect(try await harness.store.session(id)?.subject.addresses == Fixture.addresses())
            #expect(try await harness.held() == [assignment.id])
        }
    }
}
