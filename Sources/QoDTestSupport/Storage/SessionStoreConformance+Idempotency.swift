import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    private static func creation(
        _ key: String, digest: [UInt8] = [1], session: Session = Fixture.session(), validFor seconds: Int = 86_400
    ) -> SessionCreation {
        SessionCreation(
            session: session,
            idempotency: .init(key: key, digest: digest, validSince: session.createdAt.adding(seconds: -seconds)))
    }

    /// The same request creates one session, even if the request is repeated.
    static let idempotency: [Check] = [
        Check("a creation that is repeated with the same session was created, and is stored once") { store async throws in
            let assignment = Session.requestedAssignment(
                id: .make(at: Fixture.time), by: Fixture.client, for: Fixture.subject(1003), profile: Fixture.profile().name, at: Fixture.time)
            let creations = [
                SessionCreation(session: Fixture.session(device: 1000)),
                creation("k", session: Fixture.session(device: 1001)),
                SessionCreation(session: Fixture.session(device: 1002), allowsOverlap: true, limits: LiveSessionLimits(perDevice: 1)),
                SessionCreation(session: assignment),
            ]
            let first = try await store.create(creations)
            #expect(first.filter(\.isCreated).count == 4)
            #expect(try await store.create(creations) == first, "with the same ranks")
            for creation in creations { #expect(try await store.create(creation).isCreated) }
            #expect(try await store.sessions(after: nil, limit: 10).count == 4)
        },
        Check("a repeated request finds the session of the first, also when it is over") { store async throws in
            let first = creation("k")
            #expect(try await store.create(first).isCreated)
            #expect(try await store.create(creation("k")) == .repeated(first.session.id))
            _ = try await store.change([first.session.id]) { $0.deleted(at: Fixture.time) + $0.networkReleased() }
            #expect(try await store.create(creation("k")) == .repeated(first.session.id))
            #expect(try await store.count() == 0)
        },
        Check("a key used for something else is refused, and another client's key is another key") { store async throws in
            #expect(try await store.create(creation("k")).isCreated)
            #expect(try await store.create(creation("k", digest: [2])) == .keyReused)
            let other = Fixture.session(flow: Fixture.flow("198.51.100.8"), owner: ClientID("another"))
            #expect(try await store.create(creation("k", digest: [2], session: other)).isCreated)
        },
        Check("a key whose creation was refused is free") { store async throws in
            _ = try await store.create(SessionCreation(session: Fixture.session()))
            guard case .conflict(let id) = try await store.create(creation("k")) else {
                Issue.record("expected a conflict")
                return
            }
            _ = try await store.change([id]) { $0.deleted(at: Fixture.time) }
            #expect(try await store.create(creation("k")).isCreated)
        },
        Check("a key is forgotten after its time") { store async throws in
            #expect(try await store.create(creation("k")).isCreated)
            let later = Fixture.time.adding(seconds: 86_401)
            let session = Fixture.session(flow: Fixture.flow("198.51.100.8"), at: later)
            #expect(try await store.create(creation("k", digest: [2], session: session)).isCreated)
            #expect(try await store.forget(before: later, limit: 10) == 0)
            #expect(try await store.forget(before: later.adding(seconds: 1), limit: 10) == 1)
        },
        Check("of many equal requests at once, one creates and all find it") { store async throws in
            let outcomes = try await withThrowingTaskGroup(of: SessionCreation.Outcome.self) { group in
                for _ in 0..<50 { group.addTask { try await store.create(creation("k")) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter(\.isCreated).count == 1)
            #expect(Set(outcomes).count == 2)
            #expect(try await store.count() == 1)
        },
    ]

    /// Many changes at the same time.
    static let load: [Check] = [
        Check("a thousand concurrent creations and deletions leave exactly what they should") { store async throws in
            let sessions = (0..<1000).map { index in
                Fixture.session(device: 1000 + index % 10, flow: Fixture.flow("198.51.\(index / 250).\(index % 250)"))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, session) in sessions.enumerated() {
                    group.addTask {
                        let outcome = try await store.create(SessionCreation(session: session))
                        #expect(outcome.isCreated)
                        guard index.isMultiple(of: 2) else { return }
                        _ = try await store.change([session.id]) { $0.deleted(at: Fixture.time) + $0.networkReleased() }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.count() == 500)
            let kept = Set(try await store.sessions(after: nil, limit: 2000).map(\.id))
            #expect(kept == Set(sessions.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element.id)))
        },
    ]
}
