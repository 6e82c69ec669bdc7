import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("The Linux network", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct LinuxNetworkTests {
    @Test("keeps the contract of a network", arguments: NetworkDriverConformance.checks)
    func conformance(_ check: NetworkDriverConformance.Check) async throws {
        try await TestGateway.withGateway { gateway in try await check.run(LinuxNetwork(gateway.configuration)) }
    }

    @Test("has the classes and elements in the kernel, and none of them after the release")
    func inTheKernel() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let flow = Fixture.flow("198.51.100.0/24", serverPorts: try Sample.ports([(5000, 5009)]))
            let profile = Sample.profile(down: 20, up: 5, mostUp: 8, priority: 1, serviceClass: .lowLatencyData)
            #expect(try await network.program([Sample.grant(0, flow: flow, profile: profile)]) == [.ready])
            let classes = try gateway.run(["tc", "class", "show", "dev", "ran0"])
            #expect(classes.contains("class htb 4e41:10 parent 4e41:1 leaf 10: prio 0 rate 20Mbit ceil 100Mbit"))
            #expect(classes.contains("class htb 4e41:2 parent 4e41:1 leaf 2: prio 7 rate 9Mbit ceil 100Mbit"))
            #expect(try gateway.run(["tc", "class", "show", "dev", "wan0"]).contains("class htb 4e41:10 parent 4e41:1 leaf 10: prio 0 rate 5Mbit ceil 8Mbit"))
            let table = try gateway.run(["nft", "list", "table", "inet", "nac"])
            #expect(table.contains("10.45.4.1 . 198.51.100.0/24 . 5000-5009 . 0-65535 : 4e41:10"))
            try await network.release([Sample.session(0)])
            #expect(try !gateway.run(["nft", "list", "table", "inet", "nac"]).contains("4e41:10"))
            #expect(try !gateway.run(["tc", "class", "show", "dev", "ran0"]).contains("4e41:10"))
        }
    }

    @Test("every kind of flow is understood again by a process that starts anew")
    func restart() async throws {
        try await TestGateway.withGateway { gateway in
            let flows = BatchTextTests.flows.map(\.1)
            let grants = flows.enumerated().map { index, flow in
                Sample.grant(index, flow: flow, profile: Sample.profile(down: 5, serviceClass: .realTimeInteractive))
            }
            #expect(try await LinuxNetwork(gateway.configuration).program(grants) == grants.map { _ in .ready })
            let configuration = try gateway.configuration
            let wanted = zip(grants, ClassID.forSessions).map { grant, minor in
                var service = Service(grant, in: ClassPool.Place(id: ClassID(minor: minor)), configuration)
                service.mark = OrderMark(grant.order(), configuration)
                return service
            }
            #expect(try gateway.gateway.takeOver() == Gateway.Found(services: wanted))

            let successor = LinuxNetwork(try gateway.configuration)
            #expect(Set(try await successor.held()) == Set(grants.map(\.session)))
            #expect(try await successor.program(grants) == grants.map { _ in .ready })
            // The predecessor's guarantees still count: 45 of 90 Mbit/s.
            let tooMuch = Sample.grant(90, profile: Sample.profile(down: 46))
            let more = try await successor.program([tooMuch, Sample.grant(91, profile: Sample.profile(down: 45))])
            #expect(more == [.refused("the downlink has 45000000 bit/s left to guarantee, 46000000 are needed"), .ready])
        }
    }

    @Test("overlapping sessions are in the kernel as they are wanted, whatever comes and goes, also for a process that starts anew")
    func overlapping() async throws {
        try await TestGateway.withGateway { gateway in
            let configuration = try gateway.configuration
            let network = LinuxNetwork(configuration)
            var model = ServedSessions([], configuration)
            var generator = SeededGenerator(seed: 4)
            var live: [Int: Grant] = [:]
            let whole = Grant(
                session: Sample.session(99), addresses: Fixture.addresses(), flow: .everything, profile: Sample.profile(), yields: true)
            #expect(try await network.program([whole]) == [.ready] && model.program(whole) == .ready)
            for round in 0..<40 {
                if live.count > 4, let index = live.keys.sorted().randomElement(using: &generator) {
                    try await network.release([Sample.session(index)])
                    model.release(Sample.session(index))
                    live[index] = nil
                }
                let grant = Sample.grant(round, device: 1000, flow: try OverlapTests.flow(&generator), profile: Sample.profile())
                live[round] = grant
                #expect(try await network.program([grant]) == [.ready] && model.program(grant) == .ready)
                let inKernel = Dictionary(uniqueKeysWithValues: try gateway.gateway.takeOver().services.map { ($0.session, $0.matches) })
                #expect(inKernel == model.services.mapValues(\.matches), "round \(round)")
            }
            let all = live.values.sorted { $0.session < $1.session } + [whole]
            #expect(Set(try await network.held()) == Set(all.map(\.session)))
            let successor = LinuxNetwork(configuration)
            #expect(try await successor.program(all) == all.map { _ in .ready })
            let inKernel = Dictionary(uniqueKeysWithValues: try gateway.gateway.takeOver().services.map { ($0.session, $0.matches) })
            #expect(inKernel == model.services.mapValues(\.matches))
            try await successor.release(all.map(\.session))
            #expect(try await successor.held() == [])
        }
    }

    @Test("what was taken away or left half done is not held, and is swept")
    func sweeping() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            _ = try await network.program([Sample.grant(0), Sample.grant(1)])
            try gateway.run(["tc", "class", "del", "dev", "wan0", "classid", "4e41:10"])
            try gateway.run(["nft", "add element inet nac exact4 { 10.45.9.9 . 198.51.100.9 : 4e41:77 }"])
            try gateway.run(["tc", "class", "add", "dev", "ran0", "parent", "4e41:1", "classid", "4e41:78", "htb", "rate", "1mbit"])
            #expect(try await network.held() == [Sample.session(1)])
            #expect(try !gateway.run(["nft", "list", "table", "inet", "nac"]).contains("4e41:77"))
            #expect(try gateway.sessionClasses("ran0") == ["4e41:11"])
            #expect(try await network.program([Sample.grant(0)]) == [.ready])
            #expect(Set(try await network.held()) == [Sample.session(0), Sample.session(1)])
        }
    }

    @Test("a gateway that forgot everything is an error once, and is built anew")
    func rebuilt() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            _ = try await network.program([Sample.grant(0)])
            try gateway.run(["nft", "delete", "table", "inet", "nac"])
            try gateway.run(["tc", "qdisc", "del", "dev", "ran0", "root"])
            await #expect(throws: NetworkError.self) { try await network.program([Sample.grant(1)]) }
            #expect(try await network.program([Sample.grant(1)]) == [.ready])
            #expect(try await network.held() == [Sample.session(1)])
        }
    }

    @Test("somebody else's root or table is left alone")
    func foreign() async throws {
        try await TestGateway.withGateway { gateway in
            try gateway.run(["tc", "qdisc", "add", "dev", "wan0", "root", "handle", "1:", "htb"])
            let network = LinuxNetwork(try gateway.configuration)
            let error = await #expect(throws: NetworkError.self) { try await network.held() }
            #expect(error?.description == "wan0 has a root queueing discipline of another program, htb 1:, which stays; with network.takeOver: true the platform replaces it")
            #expect(try gateway.run(["tc", "qdisc", "show", "dev", "ran0"]).contains("noqueue"))
            #expect(try gateway.run(["nft", "list", "ruleset"]) == "")
            try gateway.run(["tc", "qdisc", "del", "dev", "wan0", "root"])
            try gateway.run(["nft", "add", "table", "inet", "nac"])
            await #expect(throws: NetworkError.self) { try await network.held() }
            try gateway.run(["nft", "delete", "table", "inet", "nac"])
            try gateway.run(["nft", "add", "table", "inet", "other"])
            #expect(try await network.held() == [])
            #expect(try gateway.run(["nft", "list", "tables"]).contains("table inet other"))
        }
    }
}
