import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    /// The store finds sessions by device and by deadline, and lists all sessions.
    static let listing: [Check] = [
        Check("a device's sessions are listed oldest first, each once, of that client and device only") { store async throws in
            var expected: [SessionID] = []
            for index in 0..<5 {
                let now = Fixture.time.adding(seconds: index)
                let server = try ApplicationServer(ipv4Address: "198.51.100.\(9 - index)", ipv6Address: "2001:db8::\(9 - index)")
                let session = Fixture.session(flow: Flow(applicationServer: server), at: now)
                _ = try await store.create(SessionCreation(session: session))
                expected.append(session.id)
            }
            let others = [
                Fixture.session(flow: Fixture.flow("198.51.100.77"), owner: ClientID("another")),
                Fixture.session(device: 1001),
            ]
            for session in others { _ = try await store.create(SessionCreation(session: session)) }
            let found = try await store.sessions(of: DeviceKey("device-1000"), owner: Fixture.client, at: Fixture.time, limit: 100)
            #expect(found.map(\.id) == expected)
            let two = try await store.sessions(of: DeviceKey("device-1000"), owner: Fixture.client, at: Fixture.time, limit: 2)
            #expect(two.map(\.id) == Array(expected.prefix(2)))
        },
        Check("other clients' sessions do not crowd out one's own") { store async throws in
            for index in 0..<10 {
                let session = Fixture.session(
                    flow: Fixture.flow("198.51.100.\(index)"), owner: ClientID("another"), at: Fixture.time.adding(milliseconds: Int64(index)))
                _ = try await store.create(SessionCreation(session: session))
            }
            let mine = Fixture.session(flow: Fixture.flow("198.51.100.99"), at: Fixture.time.adding(seconds: 9))
            _ = try await store.create(SessionCreation(session: mine))
            let found = try await store.sessions(of: DeviceKey("device-1000"), owner: Fixture.client, at: Fixture.time, limit: 3)
            #expect(found == [mine])
        },
        Check("what clients cannot read any more is not listed") { store async throws in
            let deleted = Fixture.session(flow: Fixture.flow("198.51.100.1"))
            let ended = Fixture.session(flow: Fixture.flow("198.51.100.2"))
            for session in [deleted, ended] { _ = try await store.create(SessionCreation(session: session)) }
            _ = try await store.change([deleted.id]) { $0.deleted(at: Fixture.time) }
            _ = try await store.change([ended.id]) { $0.networkEnded(at: Fixture.time) }
            let key = DeviceKey("device-1000")
            #expect(try await store.sessions(of: key, owner: Fixture.client, at: Fixture.time, limit: 9).map(\.id) == [ended.id])
            let later = Fixture.time.adding(seconds: 360)
            #expect(try await store.sessions(of: key, owner: Fixture.client, at: later, limit: 9) == [])
        },
        Check("deadlines come soonest first and follow every change") { store async throws in
            var expected: [Deadline] = []
            for index in 0..<20 {
                let duration = (index * 7 + 3) % 20 + 1
                let session = Fixture.session(flow: Fixture.flow("198.51.100.\(index)"), duration: duration)
                _ = try await store.create(SessionCreation(session: session))
                _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
                expected.append(Deadline(time: Fixture.time.adding(seconds: duration), session: session.id))
            }
            let horizon = Fixture.time.adding(seconds: 12)
            let due = try await store.deadlines(until: horizon, limit: 100)
            #expect(Set(due) == Set(expected.filter { $0.time <= horizon }))
            #expect(due.map(\.time) == due.map(\.time).sorted())
            #expect(try await store.deadlines(until: horizon, limit: 3).count == 3)

            let moved = due[0].session
            _ = try await store.change([moved]) { session in
                try? session.extended(by: 100, limit: 1000, at: Fixture.time)
                return []
            }
            #expect(try await store.deadlines(until: horizon, limit: 100).contains { $0.session == moved } == false)
            _ = try await store.change([due[1].session]) { $0.deleted(at: Fixture.time) }
            #expect(try await store.deadlines(until: horizon, limit: 100).count == due.count - 2)
        },
        Check("all sessions are paged through in the order of their ids") { store async throws in
            var ids: [SessionID] = []
            for index in 0..<25 {
                let session = Fixture.session(flow: Fixture.flow("198.51.100.\(index)"), at: Fixture.time.adding(seconds: index % 7))
                _ = try await store.create(SessionCreation(session: session))
                ids.append(session.id)
            }
            var seen: [SessionID] = []
            while case let page = try await store.sessions(after: seen.last, limit: 10), !page.isEmpty { seen += page.map(\.id) }
            #expect(seen == ids.sorted())
            #expect(try await store.sessions(Array(ids.prefix(3))).map(\.id) == Array(ids.prefix(3)))
        },
    ]
}
