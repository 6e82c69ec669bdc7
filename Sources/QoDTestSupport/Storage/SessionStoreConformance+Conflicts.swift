import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    /// Two live sessions of one device never overlap.
    static let conflicts: [Check] = [
        Check("an overlapping flow of the same device is a conflict, and nothing is stored") { store async throws in
            let first = Fixture.session(flow: Fixture.flow("198.51.100.0/24"))
            _ = try await store.create(SessionCreation(session: first))
            for server in ["198.51.100.7", "198.51.100.0/25", "198.51.0.0/16", "0.0.0.0/0", "198.51.100.0/24"] {
                let second = Fixture.session(flow: Fixture.flow(server))
                #expect(try await store.create(SessionCreation(session: second)) == .conflict(with: first.id), "\(server)")
                #expect(try await store.session(second.id) == nil)
            }
            #expect(try await store.count() == 1)
        },
        Check("another device, address, port or IP version is no conflict") { store async throws in
            let http = try PortsSpec(ports: [80])
            let first = Fixture.session(flow: Fixture.flow("198.51.100.7", serverPorts: http))
            let others = [
                Fixture.session(device: 1001, flow: Fixture.flow("198.51.100.7", serverPorts: http)),
                Fixture.session(flow: Fixture.flow("198.51.100.8", serverPorts: http)),
                Fixture.session(flow: Fixture.flow("198.51.100.7", serverPorts: try PortsSpec(ranges: [PortRange(first: 81, last: 90)]))),
                Fixture.session(flow: Fixture.flow("::/0", serverPorts: http)),
            ]
            for session in [first] + others { #expect(try await store.create(SessionCreation(session: session)).isCreated) }
        },
        Check("conflicts are found exactly where flows overlap, for random flows") { store async throws in
            var generator = SeededGenerator(seed: 20_261_122)
            var live: [Session] = []
            for round in 0..<400 {
                let session = Fixture.session(device: 1000 + Int.random(in: 0..<2, using: &generator), flow: Self.randomFlow(using: &generator))
                let expectsConflict = live.contains { $0.subject.key == session.subject.key && $0.flow.overlaps(session.flow) }
                switch try await store.create(SessionCreation(session: session)) {
                case .created:
                    #expect(!expectsConflict, "round \(round): \(session.flow)")
                    live.append(session)
                case .conflict(let id):
                    let other = live.first { $0.id == id }
                    #expect(other?.flow.overlaps(session.flow) == true && expectsConflict, "round \(round): \(session.flow)")
                    // Sometimes a session ends, and its flow is free again.
                    if round.isMultiple(of: 3), let index = live.firstIndex(where: { $0.id == id }) {
                        _ = try await store.change([id]) { $0.deleted(at: Fixture.time) }
                        live.remove(at: index)
                    }
                case .repeated, .keyReused, .limitReached: Issue.record("no key and no limit was given")
                }
            }
        },
        Check("of many that want the same flow at once, one gets it") { store async throws in
            let outcomes = try await withThrowingTaskGroup(of: SessionCreation.Outcome.self) { group in
                for _ in 0..<100 { group.addTask { try await store.create(SessionCreation(session: Fixture.session())) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter(\.isCreated).count == 1)
            #expect(try await store.count() == 1)
        },
        Check("a session that the network ended keeps its flow until it is deleted") { store async throws in
            let first = Fixture.session()
            _ = try await store.create(SessionCreation(session: first))
            _ = try await store.change([first.id]) { $0.networkEnded(at: Fixture.time) + $0.networkReleased() }
            #expect(try await store.create(SessionCreation(session: Fixture.session())) == .conflict(with: first.id))
            _ = try await store.change([first.id]) { $0.deleted(at: Fixture.time) }
            #expect(try await store.create(SessionCreation(session: Fixture.session())).isCreated)
        },
        Check("overlap is allowed where the creation says so, among sessions of one client") { store async throws in
            let first = Fixture.session(flow: Fixture.flow("198.51.100.0/24"))
            _ = try await store.create(SessionCreation(session: first))
            #expect(try await store.create(SessionCreation(session: Fixture.session(), allowsOverlap: true)).isCreated)
            for server in ["198.51.100.7", "198.51.100.0/24", "198.51.0.0/16"] {
                let other = Fixture.session(flow: Fixture.flow(server), owner: ClientID("another"))
                guard case .conflict = try await store.create(SessionCreation(session: other, allowsOverlap: true)) else {
                    Issue.record("\(server): another client's session must not overlap")
                    continue
                }
                #expect(try await store.session(other.id) == nil)
            }
        },
        Check("long lists of ports are compared as sets, in whatever order they are given") { store async throws in
            let odd = stride(from: UInt16(16_001), through: 1, by: -2).map { $0 }
            let first = Fixture.session(flow: Fixture.flow(serverPorts: try PortsSpec(ports: odd), devicePorts: try PortsSpec(ports: odd)))
            _ = try await store.create(SessionCreation(session: first))
            let even = Fixture.session(flow: Fixture.flow(serverPorts: try PortsSpec(ports: odd.map { $0 + 1 })))
            #expect(try await store.create(SessionCreation(session: even)).isCreated)
            let ranges = [try PortRange(first: 20_000, last: 30_000), try PortRange(first: 15_999, last: 15_999)]
            let overlapping = Fixture.session(flow: Fixture.flow(serverPorts: try PortsSpec(ranges: ranges)))
            #expect(try await store.create(SessionCreation(session: overlapping)) == .conflict(with: first.id))
        },
    ]

    private static func randomFlow(using generator: inout SeededGenerator) -> Flow {
        let lengths = [32, 32, 32, 31, 30, 28, 24, 0]
        let server =
            Bool.random(using: &generator)
            ? "198.51.100.\(Int.random(in: 0..<16, using: &generator))/\(lengths.randomElement(using: &generator)!)"
            : "2001:db8::\(String(Int.random(in: 0..<16, using: &generator), radix: 16))/\(lengths.randomElement(using: &generator)! + 96)"
        let port = UInt16.random(in: 1...20, using: &generator)
        let ports: PortsSpec? =
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: nil
            case 1: try? PortsSpec(ports: [port, port + 7])
            default: try? PortsSpec(ranges: [PortRange(first: port, last: port + UInt16.random(in: 0...5, using: &generator))])
            }
        return Fixture.flow(server, serverPorts: ports)
    }
}
