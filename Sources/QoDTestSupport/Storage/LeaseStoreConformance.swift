import QualityOnDemand
public import SessionEngine
public import Testing

/// The contract of every store that several servers share, as checks that each such store must pass.
public enum LeaseStoreConformance {
    /// An empty, shared store, and a way to let its time pass.
    public struct Subject: Sendable {
        let store: any SessionStore & DeliveryStore
        let pass: @Sendable (Duration) async throws -> Void

        public init(_ store: any SessionStore & DeliveryStore, pass: @escaping @Sendable (Duration) async throws -> Void) {
            self.store = store
            self.pass = pass
        }
    }

    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        let body: @Sendable (Subject) async throws -> Void

        init(_ behaviour: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
            self.testDescription = behaviour
            self.body = body
        }

        public func run(_ subject: Subject) async throws {
            try await body(subject)
        }
    }

    private static let first = ServerID("first"), second = ServerID("second")
    private static let site = Shard.site(.default)

    private static func claim(_ server: ServerID, _ shards: Set<Shard> = [site]) -> LeaseClaim {
        LeaseClaim(server: server, shards: shards, length: .seconds(2))
    }

    public static let checks: [Check] = [
        Check("one server holds a shard until it gives the shard back, and each lease has a higher epoch") { subject in
            let store = subject.store
            let mine = try await store.renew(claim(first)).fences
            #expect(mine.map(\.shard) == [site])
            #expect(try await store.renew(claim(second)).fences.isEmpty)
            #expect(try await store.renew(claim(first)).fences == mine, "a renewal keeps the epoch")
            #expect(try await store.renew(claim(first, [])).fences.isEmpty)
            let theirs = try await store.renew(claim(second)).fences
            #expect(theirs.count == 1 && theirs[0].epoch > mine[0].epoch)
            try await store.leave(second)
            let again = try await store.renew(claim(first)).fences
            #expect(again.count == 1 && again[0].epoch > theirs[0].epoch)
        },
        Check("a lease that is not renewed ends after its length, and its server is forgotten") { subject in
            let store = subject.store
            _ = try await store.renew(claim(first))
            #expect(try await store.renew(claim(second, [])).servers == [first, second])
            try await subject.pass(.milliseconds(1500))
            _ = try await store.renew(claim(first))
            try await subject.pass(.milliseconds(1500))
            #expect(try await store.renew(claim(second)).fences.isEmpty, "it was renewed")
            try await subject.pass(.milliseconds(1000))
            let term = try await store.renew(claim(second))
            #expect(term.fences.map(\.shard) == [site] && term.servers == [second])
            #expect(try await store.renew(claim(first)).fences.isEmpty)
        },
        Check("the store's time goes on") { subject in
            let before = try await subject.store.renew(claim(first)).now
            try await subject.pass(.seconds(1))
            #expect(try await subject.store.renew(claim(first)).now.since(before) >= .milliseconds(900))
        },
        Check("shards are independent of one another") { subject in
            let store = subject.store
            let all: Set<Shard> = [site, .outbox(0), .outbox(1), .housekeeping]
            #expect(try await store.renew(claim(first, [.outbox(0), .housekeeping])).fences.count == 2)
            #expect(Set(try await store.renew(claim(second, all)).fences.map(\.shard)) == [site, .outbox(1)])
            try await store.leave(first)
            #expect(Set(try await store.renew(claim(second, all)).fences.map(\.shard)) == all)
        },
        Check("a change under an older lease changes nothing") { subject in
            let store = subject.store
            let session = Fixture.session(sink: "https://example.com/")
            _ = try await store.create(SessionCreation(session: session))
            let old = try #require(try await store.renew(claim(first)).fences.first)
            let changes = try await store.change([session.id], under: old) { $0.networkBecameReady(at: Fixture.time) }
            #expect(changes.count == 1)
            let available = try await store.session(session.id)
            try await store.leave(first)
            try await refuses { () async throws(StoreError) in
                _ = try await store.change([session.id], under: old) { $0.deleted(at: Fixture.time) }
            }
            let new = try #require(try await store.renew(claim(second)).fences.first)
            try await refuses { () async throws(StoreError) in
                _ = try await store.change([session.id], under: old) { $0.deleted(at: Fixture.time) }
            }
            #expect(try await store.session(session.id) == available)
            #expect(try await store.events(of: session.id).count == 1)
            let ended = try await store.change([session.id], under: new) { $0.deleted(at: Fixture.time) }
            #expect(ended.first?.session.status == .unavailable)
            let erased = try await store.change([session.id]) { $0.networkReleased() }
            #expect(erased.count == 1, "the work of clients needs no lease")
        },
        Check("results of deliveries under an older lease are not stored, none of the call") { subject in
            let store = subject.store
            let session = Fixture.session(sink: "https://example.com/")
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            let host = try #require(try await store.dueHosts(at: Fixture.time, limit: 10).hosts.first)
            let shard = Shard.outbox(Shard.bucket(ofHost: host.name))
            let old = try #require(try await store.renew(claim(first, [shard])).fences.first)
            try await store.leave(first)
            let event = try #require(try await store.events(of: session.id).first)
            let results = [HostResults(name: host.name, results: [
                DeliveryResult(session: session.id, sequence: event.sequence, attempts: 1, step: .delivered),
            ])]
            try await refuses { () async throws(StoreError) in try await store.record(results, at: Fixture.time, under: [old]) }
            #expect(try await store.events(of: session.id).first?.delivery.state == .pending)
            let new = try #require(try await store.renew(claim(second, [shard])).fences.first)
            try await store.record(results, at: Fixture.time, under: [new])
            #expect(try await store.events(of: session.id).first?.delivery.state == .delivered)
        },
        Check("only the hosts of the wanted buckets are due") { subject in
            let store = subject.store
            for index in 0..<40 {
                let session = Fixture.session(device: 1000 + index, sink: "https://host-\(index).example/")
                _ = try await store.create(SessionCreation(session: session))
                _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            }
            let all = try await store.dueHosts(at: Fixture.time, limit: 100).hosts
            #expect(all.count == 40)
            var found: [DueHost] = []
            for bucket in 0..<Shard.outboxBuckets {
                let hosts = try await store.dueHosts(at: Fixture.time, in: [bucket], limit: 100).hosts
                #expect(hosts.allSatisfy { Shard.bucket(ofHost: $0.name) == bucket })
                found += hosts
            }
            #expect(Set(found) == Set(all) && found.count == 40)
            #expect(try await store.dueHosts(at: Fixture.time, in: [], limit: 100).hosts.isEmpty)
        },
        Check("the removal of old data under an older lease removes nothing") { subject in
            let store = subject.store
            let session = Fixture.session()
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            let old = try #require(try await store.renew(claim(first, [.housekeeping])).fences.first)
            try await store.leave(first)
            let later = Fixture.time.adding(seconds: 9)
            try await refuses { () async throws(StoreError) in _ = try await store.forget(before: later, limit: 10, under: old) }
            let bounds = EventBounds(withoutSinkBefore: later, most: 0, now: later)
            try await refuses { () async throws(StoreError) in _ = try await store.trimEvents(bounds, limit: 10, under: old) }
            #expect(try await store.events(of: session.id).count == 1)
        },
        Check("due sessions are changed once, however many servers ask") { subject in
            let store = subject.store
            for index in 0..<60 { _ = try await store.create(SessionCreation(session: Fixture.session(device: 1000 + index, duration: 60))) }
            let ids = try await store.sessions(after: nil, limit: 100).map(\.id)
            _ = try await store.change(ids) { $0.networkBecameReady(at: Fixture.time) }
            let over = Fixture.time.adding(seconds: 60)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while try await !store.changeDue(at: over, limit: 7, { $0.deadlinePassed(at: over) }).isEmpty {}
                    }
                }
                try await group.waitForAll()
            }
            for id in ids { #expect(try await store.events(of: id).map(\.change.status) == [.available, .unavailable]) }
        },
        Check("a site's work is what its network lacks or should release") { subject in
            let store = subject.store
            let sessions = (0..<5).map { Fixture.session(device: 1000 + $0) }
            for session in sessions { _ = try await store.create(SessionCreation(session: session)) }
            let ids = sessions.map(\.id)
            let held = { @Sendable (session: inout Session) in
                session.networkHolds(Placement(site: .default, generation: session.generation, status: .ready), at: Fixture.time)
            }
            _ = try await store.change(Array(ids[1...]), held)
            _ = try await store.change([ids[2]]) { $0.deleted(at: Fixture.time) }
            _ = try await store.change([ids[3]]) { $0.moved(to: Fixture.addresses(1777)) }
            _ = try await store.change([ids[4]]) { $0.networkEnded(at: Fixture.time) + $0.networkReleased(at: .default) }
            let work = [ids[0], ids[2], ids[3]].sorted()
            #expect(try await store.unapplied(at: .default, after: nil, limit: 10) == work)
            #expect(try await store.unapplied(at: .default, after: work[0], limit: 1) == [work[1]])
            let elsewhere = try SiteName("elsewhere")
            #expect(try await store.unapplied(at: elsewhere, after: nil, limit: 10) == [])
        },
    ]

    private static func refuses(_ call: () async throws(StoreError) -> Void) async throws {
        let error = await #expect(throws: StoreError.self) { try await call() }
        #expect(error?.code == .fenced)
    }
}
