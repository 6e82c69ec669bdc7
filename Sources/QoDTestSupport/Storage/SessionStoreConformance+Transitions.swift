import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    /// A change, its events and an erasure are stored in one step.
    static let transitions: [Check] = [
        Check("the reason of a refusal is kept with the session and with its event") { store async throws in
            let session = Fixture.session()
            _ = try await store.create(SessionCreation(session: session))
            let long = String(repeating: "no room; ", count: 100)
            _ = try await store.change([session.id]) { $0.networkEnded(at: Fixture.time, reason: long) }
            let kept = String(long.prefix(Session.maximumReasonLength))
            #expect(try await store.session(session.id)?.networkReason == kept)
            #expect(try await store.events(of: session.id).map(\.change.reason) == [kept])
        },
        Check("a transition's change and its event are stored together, and the event knows where to go") { store async throws in
            let session = Fixture.session(sink: "https://example.com/")
            _ = try await store.create(SessionCreation(session: session))
            let changes = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            #expect(changes.map(\.before) == [session])
            #expect(changes.first?.session.status == .available)
            #expect(try await store.session(session.id) == changes.first?.session)
            let events = try await store.events(of: session.id)
            #expect(events.map(\.change) == [StatusChange(status: .available, info: nil, time: Fixture.time)])
            #expect(events.first?.target == session.notification)
        },
        Check("a transition that asks for nothing changes nothing") { store async throws in
            let session = Fixture.session()
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkReleased() }
            #expect(try await store.session(session.id) == session)
            #expect(try await store.events(of: session.id) == [])
        },
        Check("events stay in order, with ids of their own, when the session is gone") { store async throws in
            let session = Fixture.session(sink: "https://example.com/")
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            _ = try await store.change([session.id]) { $0.deleted(at: Fixture.time) }
            _ = try await store.change([session.id]) { $0.networkReleased() }
            #expect(try await store.session(session.id) == nil)
            #expect(try await store.count() == 0)
            let events = try await store.events(of: session.id)
            #expect(events.map(\.change.status) == [.available, .unavailable])
            #expect(Set(events.map(\.id)).count == 2)
            #expect(events[0].sequence < events[1].sequence)
        },
        Check("an event of a session without a sink is stored, and needs no delivery") { store async throws in
            let session = Fixture.session()
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            #expect(try await store.events(of: session.id).map(\.delivery.state) == [.none])
        },
        Check("many sessions change in one call, in the order asked for, and missing ones are left out") { store async throws in
            let sessions = (0..<50).map { Fixture.session(flow: Fixture.flow("198.51.100.\($0)")) }
            for session in sessions { _ = try await store.create(SessionCreation(session: session)) }
            let ids = sessions.map(\.id).shuffled()
            let changes = try await store.change(ids + [.make(at: Fixture.time)]) { $0.networkBecameReady(at: Fixture.time) }
            #expect(changes.map(\.session.id) == ids)
            #expect(changes.allSatisfy { $0.session.status == .available })
        },
        Check("of many that end the same session at once, one does, and there is one event") { store async throws in
            let session = Fixture.session(sink: "https://example.com/")
            _ = try await store.create(SessionCreation(session: session))
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        _ = try? await store.change([session.id]) {
                            index.isMultiple(of: 2) ? $0.deleted(at: Fixture.time) : $0.networkEnded(at: Fixture.time)
                        }
                    }
                }
            }
            #expect(try await store.events(of: session.id).count == 1)
        },
        Check("old events are forgotten, new ones and those of new sessions stay") { store async throws in
            let later = Fixture.time.adding(seconds: 1000)
            let old = Fixture.session(sink: "https://example.com/", at: Fixture.time)
            let new = Fixture.session(flow: Fixture.flow("198.51.100.8"), sink: "https://example.com/", at: later)
            for session in [old, new] { _ = try await store.create(SessionCreation(session: session)) }
            _ = try await store.change([old.id]) { $0.networkBecameReady(at: Fixture.time) }
            _ = try await store.change([old.id]) { $0.networkEnded(at: later) }
            _ = try await store.change([new.id]) { $0.networkBecameReady(at: later) }
            #expect(try await store.forget(before: later, limit: 100) == 1)
            for session in [old, new] { #expect(try await store.events(of: session.id).map(\.change.time) == [later]) }
            #expect(try await store.forget(before: later, limit: 100) == 0)
        },
    ]
}
