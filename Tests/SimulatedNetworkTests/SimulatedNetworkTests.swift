import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import SimulatedNetwork
import Testing

@Suite("The simulated network")
struct SimulatedNetworkTests {
    @Test("keeps the contract of a network", arguments: NetworkDriverConformance.checks)
    func conforms(check: NetworkDriverConformance.Check) async throws {
        try await check.run(try SimulatedNetwork(clock: TestClock()))
    }

    @Test("keeps the contract of a network with a journal", arguments: NetworkDriverConformance.checks)
    func conformsWithJournal(check: NetworkDriverConformance.Check) async throws {
        try await TemporaryFolder.with { folder in
            try await check.run(try SimulatedNetwork(clock: TestClock(), journalPath: folder + "/journal"))
        }
    }

    @Test("with a journal it still holds after its process what it held before, a torn line aside")
    func journal() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/journal"
            let grants = (0..<5).map { NetworkDriverConformance.grant($0) }
            let before = try SimulatedNetwork(journalPath: path)
            _ = try await before.program(grants)
            try await before.release([grants[0].session])
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("+01900000-0000-7000-80".utf8))
            try handle.close()
            for _ in 0..<2 {
                let after = try SimulatedNetwork(journalPath: path)
                #expect(Set(try await after.held()) == Set(grants.dropFirst().map(\.session)))
            }
        }
    }

    @Test(
        "serves a test device as its number says",
        arguments: [
            (1000, GrantAnswer.ready, []), (1999, .ready, []),
            (2000, .pending, [(2, true)]), (3000, .pending, [(2, false)]), (4999, .ready, [(5, false)]),
        ] as [(Int, GrantAnswer, [(Int, Bool)])])
    func behaviours(device: Int, answer: GrantAnswer, reports: [(Int, Bool)]) async throws {
        let clock = TestClock()
        let network = try SimulatedNetwork(clock: clock)
        let grant = Grant(
            session: .make(at: clock.now), addresses: Fixture.addresses(device), flow: Fixture.flow(), profile: Fixture.profile())
        #expect(try await network.program([grant]) == [answer])
        let seen = Reports()
        let running = Task { try await network.run { reports in await seen.add(reports) } }
        defer { running.cancel() }
        for (seconds, becomesReady) in reports {
            try await eventually { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(seconds) - .milliseconds(1))
            try await eventually { clock.sleeperCount == 1 }
            #expect(await seen.all.isEmpty)
            clock.advance(by: .milliseconds(20))
            try await eventually { await !seen.all.isEmpty }
            if becomesReady {
                #expect(await seen.all == [.ready(grant.session, generation: 1)])
            } else if case .ended(.session(let session), _, let reason)? = await seen.all.first {
                #expect(session == grant.session && reason?.hasPrefix("The device's number stands for") == true)
            } else {
                Issue.record("expected an end")
            }
            #expect(network.service(for: grant.session)?.isServed == (becomesReady ? true : nil))
        }
    }

    @Test("a session released before its news is nobody's news")
    func releasedBeforeNews() async throws {
        let clock = TestClock()
        let network = try SimulatedNetwork(clock: clock)
        let grant = Grant(session: .make(at: clock.now), addresses: Fixture.addresses(2000), flow: Fixture.flow(), profile: Fixture.profile())
        _ = try await network.program([grant])
        try await network.release([grant.session])
        let seen = Reports()
        let running = Task { try await network.run { reports in await seen.add(reports) } }
        defer { running.cancel() }
        for _ in 0..<5 {
            try await eventually { clock.sleeperCount == 1 }
            clock.advance(by: .seconds(1))
        }
        try await eventually { clock.sleeperCount == 1 }
        #expect(await seen.all.isEmpty)
    }

    @Test("fails, refuses and forgets when told to")
    func faults() async throws {
        let network = try SimulatedNetwork()
        let grant = NetworkDriverConformance.grant(1)
        network.faults.failingCalls = 1
        await #expect(throws: NetworkError.self) { try await network.program([grant]) }
        #expect(try await network.program([grant]) == [.ready])
        network.faults.isUnreachable = true
        await #expect(throws: NetworkError.self) { try await network.held() }
        network.faults = .init()
        network.loseEverything()
        #expect(try await network.held() == [])
        network.faults.refusesGrants = true
        guard case .refused = try await network.program([grant])[0] else {
            Issue.record("expected a refusal")
            return
        }
    }
}

private actor Reports {
    var all: [NetworkReport] = []
    func add(_ reports: [NetworkReport]) { all += reports }
}
