import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    private static func creation(_ index: Int, device: Int = 1000, owner: ClientID = Fixture.client, _ limits: LiveSessionLimits) -> SessionCreation {
        SessionCreation(
            session: Fixture.session(device: device, flow: Fixture.flow("198.51.\(index / 250).\(index % 250)"), owner: owner), limits: limits)
    }

    /// The number of live sessions does not exceed the limit.
    static let limits: [Check] = [
        Check("a client's limit holds for it alone, and only for what lives") { store async throws in
            let limits = LiveSessionLimits(perClient: 2)
            // Sessions that were created before the first request with a limit count too.
            let first = Fixture.session(flow: Fixture.flow("203.0.113.1"))
            #expect(try await store.create(SessionCreation(session: first)).isCreated)
            let second = creation(2, device: 1001, limits)
            #expect(try await store.create(second).isCreated)
            #expect(try await store.create(creation(3, device: 1002, limits)) == .limitReached(.client))
            #expect(try await store.count() == 2, "nothing of a refused session is stored")
            #expect(try await store.create(creation(3, device: 1002, owner: ClientID("another"), limits)).isCreated)
            // An available session counts as live, like a requested session. An unavailable session does not count,
            // but can still be read.
            _ = try await store.change([first.id, second.session.id]) { $0.networkBecameReady(at: Fixture.time) }
            #expect(try await store.create(creation(4, limits)) == .limitReached(.client))
            _ = try await store.change([first.id]) { $0.networkEnded(at: Fixture.time) }
            #expect(try await store.create(creation(4, limits)).isCreated)
            #expect(try await store.create(creation(5, limits)) == .limitReached(.client))
            _ = try await store.change([second.session.id]) { $0.deleted(at: Fixture.time) }
            _ = try await store.change([second.session.id]) { $0.networkReleased() }
            #expect(try await store.create(creation(5, limits)).isCreated)
        },
        Check("a device's limit counts the sessions of all clients") { store async throws in
            let limits = LiveSessionLimits(perDevice: 2)
            #expect(try await store.create(creation(1, limits)).isCreated)
            #expect(try await store.create(creation(2, owner: ClientID("another"), limits)).isCreated)
            #expect(try await store.create(creation(3, limits)) == .limitReached(.device))
            #expect(try await store.create(creation(3, device: 1001, limits)).isCreated)
            #expect(try await store.create(creation(4, LiveSessionLimits())).isCreated, "without a limit there is none")
        },
        Check("a repeated request finds its session, and a conflict is told, also at the limit") { store async throws in
            let limits = LiveSessionLimits(perClient: 1)
            let session = Fixture.session()
            let key = SessionCreation.Idempotency(key: "k", digest: [1], validSince: Fixture.time.adding(seconds: -60))
            #expect(try await store.create(SessionCreation(session: session, idempotency: key, limits: limits)).isCreated)
            let again = SessionCreation(session: Fixture.session(), idempotency: key, limits: limits)
            #expect(try await store.create(again) == .repeated(session.id))
            #expect(try await store.create(SessionCreation(session: Fixture.session(), limits: limits)) == .conflict(with: session.id))
        },
        Check("of many that come at once, as many are created as may live") { store async throws in
            let limits = LiveSessionLimits(perClient: 17, perDevice: 5)
            let outcomes = try await withThrowingTaskGroup(of: SessionCreation.Outcome.self) { group in
                for index in 0..<200 { group.addTask { try await store.create(creation(index, device: 1000 + index % 20, limits)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter(\.isCreated).count == 17)
            #expect(try await store.count() == 17)
        },
        Check("the counts are right after any order of creations and endings") { store async throws in
            var generator = SeededGenerator(seed: 42)
            let limits = LiveSessionLimits(perClient: 10, perDevice: 3)
            var live: [Session] = []
            for round in 0..<400 {
                if generator.oneIn(3), let index = live.indices.randomElement(using: &generator) {
                    let id = live.remove(at: index).id
                    let isDeleted = generator.oneIn(2)
                    _ = try await store.change([id]) { isDeleted ? $0.deleted(at: Fixture.time) : $0.networkEnded(at: Fixture.time) }
                    if generator.oneIn(2) { _ = try await store.change([id]) { $0.networkReleased() } }
                    continue
                }
                let owner = ClientID(generator.oneIn(2) ? "one" : "two")
                let creation = creation(round, device: generator.int(in: 1000...1005), owner: owner, limits)
                let isClientFull = live.filter { $0.owner == owner }.count >= 10
                let isDeviceFull = live.filter { $0.subject.key == creation.session.subject.key }.count >= 3
                let outcome = try await store.create(creation)
                if isClientFull || isDeviceFull {
                    #expect(outcome == .limitReached(isClientFull ? .client : .device), "round \(round)")
                } else {
                    #expect(outcome.isCreated, "round \(round)")
                }
                if outcome.isCreated { live.append(creation.session) }
            }
        },
    ]
}
