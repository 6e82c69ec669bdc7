import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("A gateway, whatever it is found like")
struct GatewayTests {
    private static let count = 12

    private func grants() throws -> [Grant] {
        try (0..<Self.count).map { index in
            let flows = [
                Fixture.flow(), Fixture.flow("198.51.100.0/24"), Fixture.flow("2001:db8::/64"),
                Fixture.flow(serverPorts: try Sample.ports([(80, 90)], [443])),
            ]
            return Sample.grant(index, flow: flows[index % 4], profile: Sample.profile(down: 1 + index % 3, serviceClass: index % 2 == 0 ? .realTimeInteractive : nil))
        }
    }

    /// The state of a new gateway after it programs exactly these grants.
    private func exactly(_ grants: [Grant]) throws -> Set<Set<String>> {
        let kernel = FakeKernel()
        let gateway = Gateway(try Sample.configuration(), kernel: kernel)
        var sessions = ServedSessions(try gateway.takeOver().services, try Sample.configuration())
        for grant in grants { #expect(sessions.program(grant) == .ready) }
        try gateway.apply(sessions.takeChanges())
        return described(kernel)
    }

    /// The state of each session, without the names of classes.
    private func described(_ kernel: FakeKernel) -> Set<Set<String>> {
        let classes = Set(Direction.allCases.flatMap { Array(kernel.current.classes($0).keys) })
        return Set(classes.map { id in
            let elements = (kernel.current.elements ?? []).filter { $0.classes == [id] }.map { $0.addition.replacing("\(id)", with: "CLASS") }
            let leaves = Direction.allCases.compactMap { direction in
                kernel.current.classes(direction)[id].map { "\(direction) \($0.rate) \($0.ceiling) \($0.priority) \($0.quantum)" }
            }
            return Set(elements + leaves)
        })
    }

    @Test("ends with exactly what is wanted, in whatever order it is asked for, over whatever was left", arguments: 0..<60)
    func anyOrder(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let all = try grants()
        let kernel = FakeKernel(try leftovers(&random))
        let configuration = try Sample.configuration()
        let gateway = Gateway(configuration, kernel: kernel)
        var sessions = ServedSessions(try gateway.takeOver().services, configuration)
        let wanted = all.filter { _ in Bool.random(using: &random) }
        let names = Set(wanted.map(\.session))
        for session in sessions.services.keys where !names.contains(session) { sessions.release(session) }
        for grant in wanted.shuffled(using: &random) {
            #expect(sessions.program(grant) == .ready)
            if Bool.random(using: &random) { try gateway.apply(sessions.takeChanges()) }
        }
        try gateway.apply(sessions.takeChanges())
        #expect(described(kernel) == (try exactly(wanted)))
        #expect(kernel.complaints == [])
        // A second takeover changes nothing.
        let before = kernel.current
        #expect(Set(try gateway.takeOver().services.map(\.session)) == names)
        #expect(kernel.current == before)
    }

    @Test("a kernel that fails half-way, wherever that is, is put right by the next look", arguments: 0..<60)
    func failing(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let kernel = FakeKernel()
        let configuration = try Sample.configuration()
        let gateway = Gateway(configuration, kernel: kernel)
        var served: [SessionID: Grant] = [:]
        var sessions: ServedSessions?
        let all = try grants()
        for _ in 0..<12 {
            kernel.failsAfter = Bool.random(using: &random) ? .random(in: 0..<8, using: &random) : nil
            do throws(NetworkError) {
                var now: ServedSessions
                if let sessions { now = sessions } else { now = ServedSessions(try gateway.takeOver().services, configuration) }
                sessions = nil
                let grant = all.randomElement(using: &random)!
                if served[grant.session] == nil {
                    #expect(now.program(grant) == .ready)
                    try gateway.apply(now.takeChanges())
                    served[grant.session] = grant
                } else {
                    now.release(grant.session)
                    try gateway.apply(now.takeChanges())
                    served[grant.session] = nil
                }
                sessions = now
            } catch {
                // The test does the same as the engine: it requests each uncertain change again.
                kernel.failsAfter = nil
                var now = ServedSessions(try gateway.takeOver().services, configuration)
                for session in now.services.keys where served[session] == nil { now.release(session) }
                for grant in served.values { #expect(now.program(grant) == .ready) }
                try gateway.apply(now.takeChanges())
                sessions = now
            }
        }
        #expect(described(kernel) == (try exactly(Array(served.values))))
        #expect(kernel.complaints == [])
    }

    @Test("classes that somebody changed are set again, and a foreign tree is taken over only where that is allowed")
    func mending() throws {
        let kernel = FakeKernel()
        let configuration = try Sample.configuration()
        let gateway = Gateway(configuration, kernel: kernel)
        var sessions = ServedSessions(try gateway.takeOver().services, configuration)
        _ = sessions.program(Sample.grant(0))
        try gateway.apply(sessions.takeChanges())
        let right = kernel.current
        var batch = Batch()
        batch.classes = [
            ClassChange(direction: .uplink, id: ClassID(minor: 0x10), leaf: Leaf(guaranteed: 1_000_000, ceiling: 1_000_000, priority: 5)),
            ClassChange(direction: .downlink, id: .bestEffort, leaf: Leaf(guaranteed: 1_000_000, ceiling: 1_000_000, priority: 5)),
        ]
        try kernel.apply(batch)
        #expect(kernel.current != right)
        #expect(try gateway.takeOver().services.count == 1)
        #expect(kernel.current == right)

        let foreign = FakeKernel(KernelState(roots: [.downlink: .foreign("fq_codel 8001:"), .uplink: .untouched]))
        #expect(throws: NetworkError.self) { try Gateway(configuration, kernel: foreign).takeOver() }
        #expect(foreign.current.roots == [.downlink: .foreign("fq_codel 8001:"), .uplink: .untouched] && foreign.current.elements == nil)
        let taking = try LinuxNetworkConfiguration(downlink: configuration.downlink, uplink: configuration.uplink, takesOver: true)
        #expect(try Gateway(taking, kernel: foreign).takeOver() == Gateway.Found())
        #expect(foreign.current.roots == [.downlink: .ours, .uplink: .ours])
    }

    /// Possible leftovers of a killed process of the platform, and more.
    private func leftovers(_ random: inout SeededGenerator) throws -> KernelState {
        var state = KernelState(roots: [.downlink: .ours, .uplink: .ours], elements: [])
        let configuration = try Sample.configuration()
        for (index, grant) in try grants().enumerated() where Bool.random(using: &random) {
            let service = Service(grant, in: ClassPool.Place(id: ClassID(minor: UInt16(0x10 + index))), configuration)
            // Each part can be missing.
            state.elements! += FilterElement.all(of: service).filter { _ in Int.random(in: 0..<6, using: &random) > 0 }
            for direction in Direction.allCases where Int.random(in: 0..<6, using: &random) > 0 {
                let leaf = Bool.random(using: &random) ? service.leaf(direction) : Leaf(guaranteed: 64_000, ceiling: 64_000, priority: 1)
                state.classes[direction, default: [:]][service.classID] = FoundClass(
                    service.classID, leaf)
            }
        }
        return state
    }
}
