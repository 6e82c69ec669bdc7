import QualityOnDemand
import SessionEngine
import Testing

extension SessionStoreConformance {
    /// All sessions of the devices, read in pages of two.
    private static func all(_ devices: [DeviceKey], _ store: any SessionStore) async throws -> [SessionID] {
        var found: [SessionID] = []
        var place: DevicePlace?
        repeat {
            let page = try await store.sessions(of: devices, after: place, limit: 2)
            found += page.sessions
            place = page.next
        } while place != nil
        return found
    }

    /// A device has at most one assignment, besides its sessions.
    static let assignments: [Check] = [
        Check("a second assignment of a device is a conflict, and nothing is stored") { store async throws in
            let first = assignment()
            #expect(try await store.create(SessionCreation(session: first)).isCreated)
            for owner in [Fixture.client, ClientID("another")] {
                let second = assignment(owner: owner)
                #expect(try await store.create(SessionCreation(session: second)) == .conflict(with: first.id))
                #expect(try await store.session(second.id) == nil)
            }
            #expect(try await store.create(SessionCreation(session: assignment(device: 1001))).isCreated)
        },
        Check("an assignment and sessions of a device do not conflict, and are not listed together") { store async throws in
            let assigned = assignment()
            let session = Fixture.session()
            for one in [assigned, session] { #expect(try await store.create(SessionCreation(session: one)).isCreated) }
            let key = assigned.subject.key
            #expect(try await store.assignment(of: key) == assigned)
            let listed = try await store.sessions(of: key, owner: Fixture.client, at: Fixture.time, limit: 10)
            #expect(listed.map(\.id) == [session.id])
            #expect(try await store.sessions(after: nil, limit: 10).count == 2)
        },
        Check("an assignment has a deadline while it is requested, and none while it is available") { store async throws in
            let assigned = assignment()
            _ = try await store.create(SessionCreation(session: assigned))
            #expect(try await store.deadlines(until: .never, limit: 10).count == 1)
            _ = try await store.change([assigned.id]) { $0.networkBecameReady(at: Fixture.time) }
            #expect(try await store.deadlines(until: .never, limit: 10).isEmpty)
            let found = try await store.session(assigned.id)
            #expect(found?.status == .available && found?.expiresAt == nil && found?.startedAt == Fixture.time)
        },
        Check("a revoked assignment frees its device and can be read until its time is over") { store async throws in
            let assigned = assignment()
            _ = try await store.create(SessionCreation(session: assigned))
            _ = try await store.change([assigned.id]) { $0.networkBecameReady(at: Fixture.time) + $0.deleted(at: Fixture.time) }
            #expect(try await store.assignment(of: assigned.subject.key) == nil)
            let next = assignment()
            #expect(try await store.create(SessionCreation(session: next)).isCreated)
            _ = try await store.change([assigned.id]) { $0.networkReleased() }
            #expect(try await store.session(assigned.id)?.isReadable(at: Fixture.time.adding(seconds: 359)) == true)
            let over = Fixture.time.adding(seconds: 360)
            _ = try await store.change([assigned.id]) { $0.deadlinePassed(at: over) }
            #expect(try await store.session(assigned.id) == nil)
            #expect(try await store.assignment(of: assigned.subject.key)?.id == next.id)
        },
        Check("what the network ended keeps its device until it is revoked") { store async throws in
            let assigned = assignment()
            _ = try await store.create(SessionCreation(session: assigned))
            _ = try await store.change([assigned.id]) { $0.networkEnded(at: Fixture.time) + $0.networkReleased() }
            #expect(try await store.create(SessionCreation(session: assignment())) == .conflict(with: assigned.id))
            _ = try await store.change([assigned.id]) { $0.deleted(at: Fixture.time) }
            #expect(try await store.create(SessionCreation(session: assignment())).isCreated)
        },
        Check("other addresses of a session's device are kept, and none at all, while it lives") { store async throws in
            let session = Fixture.session()
            _ = try await store.create(SessionCreation(session: session))
            let ipv6 = Fixture.addresses(1888).ipv6
            let prefixes = [1, 48, 56, 64, 127].map { NetworkAddresses(ipv4: nil, ipv6: ipv6, ipv6PrefixLength: $0) }
            for addresses in [Fixture.addresses(1888), NetworkAddresses(ipv4: nil, ipv6: nil)] + prefixes + [Fixture.addresses(1889)] {
                #expect(try await moved(session.id, to: addresses, store) == [])
                #expect(try await store.session(session.id)?.subject.addresses == addresses)
                #expect(try await store.sessions(after: nil, limit: 10).first?.subject.addresses == addresses)
            }
            _ = try await store.change([session.id]) { $0.deleted(at: Fixture.time) }
            #expect(try await moved(session.id, to: Fixture.addresses(1890), store) == [])
        },
        Check("what keeps others off devices is found by the devices, whoever's it is") { store async throws in
            let mine = [assignment(), Fixture.session(), Fixture.session(flow: Fixture.flow("198.51.100.8"), owner: ClientID("another"))]
            let others = [assignment(device: 1001), Fixture.session(device: 1002)]
            for session in mine + others { #expect(try await store.create(SessionCreation(session: session)).isCreated) }
            #expect(Set(try await all([Fixture.subject().key], store)) == Set(mine.map(\.id)))
            let three = [1001, 1002, 1003].map { Fixture.subject($0).key }
            #expect(Set(try await all(three, store)) == Set(others.map(\.id)))
            #expect(try await all([], store) == [])
            #expect(try await store.sessions(of: three, after: nil, limit: 1).sessions.count == 1)
            _ = try await store.change(mine.map(\.id)) { $0.deleted(at: Fixture.time) + $0.networkReleased() }
            #expect(try await all([Fixture.subject().key], store) == [])
        },
        Check("a session of a device that has another key now does not move onto a flow that another session has") { store async throws in
            let (moving, there) = (Fixture.session(), Fixture.session(device: 1001))
            let (assigned, other) = (assignment(), assignment(device: 1001))
            for session in [moving, there, assigned, other] { #expect(try await store.create(SessionCreation(session: session)).isCreated) }
            let (site, key) = (try SiteName("east"), there.subject.key)
            let move = { @Sendable (session: inout Session) in session.moved(to: site, as: key, addresses: Fixture.addresses(1555)) }
            for (session, blocker) in [(moving, there), (assigned, other)] {
                let refused = try await store.change([session.id], move)
                #expect(refused.map(\.session) == [session] && refused.map(\.actions) == [[]])
                #expect(try await store.session(session.id) == session)
                _ = try await store.change([blocker.id]) { $0.deleted(at: Fixture.time) }
                #expect(try await store.change([session.id], move).first?.session.site == site)
                #expect(try await store.session(session.id)?.subject.key == key)
            }
            #expect(try await store.assignment(of: key)?.id == assigned.id)
            #expect(try await store.create(SessionCreation(session: Fixture.session(device: 1001))) == .conflict(with: moving.id))
            #expect(try await store.create(SessionCreation(session: Fixture.session())).isCreated, "the former flow is free")
        },
        Check("other addresses of a device are kept") { store async throws in
            let assigned = assignment()
            _ = try await store.create(SessionCreation(session: assigned))
            let addresses = NetworkAddresses(ipv4: nil, ipv6: Fixture.addresses(1777).ipv6)
            let changes = try await store.change([assigned.id]) { $0.moved(to: addresses) }
            #expect(changes.first.map { $0.session.generation == $0.before.generation + 1 } == true)
            #expect(try await store.session(assigned.id)?.subject.addresses == addresses)
            #expect(try await store.assignment(of: assigned.subject.key)?.subject.addresses == addresses)
            #expect(try await store.change([assigned.id]) { $0.moved(to: addresses) }.first?.actions == [])
        },
    ]

    private static func moved(
        _ id: SessionID, to addresses: NetworkAddresses, _ store: any SessionStore
    ) async throws -> [SessionAction]? {
        try await store.change([id]) { $0.moved(to: addresses) }.first?.actions
    }

    private static func assignment(device: Int = 1000, owner: ClientID = Fixture.client) -> Session {
        Session.requestedAssignment(
            id: .make(at: Fixture.time), by: owner, for: Fixture.subject(device), profile: Fixture.profile().name, at: Fixture.time
        )
    }
}
