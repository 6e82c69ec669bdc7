import Foundation
import GRDB
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("A file of an older version")
struct OlderFileTests {
    @Test("opens with its sessions in their networks, whose orders are then given once more; new sessions have ranks")
    func placements() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            try SQLiteStore.makeFile(path: path, asOf: "runs")
            let ids = (0..<3).map { SessionID.make(at: Fixture.time.adding(seconds: $0)) }
            let queue = try DatabaseQueue(path: path)
            try await queue.write { database in
                for (index, id) in ids.enumerated() {
                    let blob = withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Data($0) }
                    // Requested, available, and ended but not released.
                    try database.execute(
                        sql: """
                            INSERT INTO session (id, owner, device_key, identified_by, server_form, servers, profile, dialect, created_at, \
                            duration, status, status_info, started_at, ends_at, in_network, deadline, reason) \
                            VALUES (?1, 'client', 'device-1000', 0, 1, ?2, 'QOS_L', 1, ?3, 60, ?4, ?5, ?6, ?7, 1, ?7, NULL)
                            """,
                        arguments: [
                            blob, "198.51.100.\(index)", Fixture.time.milliseconds, index, index == 2 ? 1 : nil,
                            index == 0 ? nil : Fixture.time.milliseconds, Fixture.time.adding(seconds: 60).milliseconds,
                        ])
                }
            }
            try queue.close()

            let store = try SQLiteStore.open(path: path)
            let sessions = try await store.sessions(ids)
            #expect(sessions.map(\.status) == [.requested, .available, .unavailable])
            for session in sessions {
                #expect(session.site == .default && session.generation == 1 && session.rank == 0 && session.formerPlacements.isEmpty)
                #expect(session.placement == Placement(site: .default))
                #expect(session.isUnapplied == session.wantsNetwork, "the network gets the order once more")
            }
            guard case .created(let rank) = try await store.create(SessionCreation(session: Fixture.session(flow: Fixture.flow("203.0.113.1")))) else {
                Issue.record("not created")
                return
            }
            #expect(rank > 0)
            try store.close()
            let again = try SQLiteStore.open(path: path)
            guard case .created(let later) = try await again.create(SessionCreation(session: Fixture.session(flow: Fixture.flow("203.0.113.2")))) else {
                Issue.record("not created")
                return
            }
            #expect(later > rank, "ranks grow over restarts")
            try again.close()
        }
    }

    @Test("opens with all that is in it: sessions by device, events in their order, and what is due")
    func opening() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            try SQLiteStore.makeFile(path: path, asOf: "pending-events")
            let id = SessionID.make(at: Fixture.time)
            let blob = withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Data($0) }
            let queue = try DatabaseQueue(path: path)
            try await queue.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO session (id, owner, device_key, identified_by, server_form, servers, profile, sink, sink_token, \
                        sink_token_expires_at, dialect, created_at, duration, status, started_at, ends_at, in_network, deadline) \
                        VALUES (?1, 'client', 'device-1000', 0, 1, '198.51.100.7', 'QOS_L', 'https://sink.example/', 'token', 4102444800000, 1, ?2, 60, 1, \
                        ?2, ?3, 1, ?3)
                        """, arguments: [blob, Fixture.time.milliseconds, Fixture.time.adding(seconds: 60).milliseconds])
                try database.execute(sql: "INSERT INTO flow VALUES ('device-1000', 4, x'c6336407', ?, 32, NULL, NULL)", arguments: [blob])
                for sequence in [4, 9] {
                    try database.execute(
                        sql: """
                            INSERT INTO event (session, sequence, id, status, time, sink, owner, delivery, host, due) \
                            VALUES (?, ?, ?, 1, ?, 'https://sink.example/', 'client', 1, 'sink.example:443', ?)
                            """,
                        arguments: [blob, sequence, blob, Fixture.time.milliseconds, sequence == 4 ? Fixture.time.milliseconds : nil])
                }
            }
            try queue.close()

            let store = try SQLiteStore.open(path: path)
            let found = try await store.sessions(of: DeviceKey("device-1000"), owner: ClientID("client"), at: Fixture.time, limit: 10)
            #expect(found.map(\.id) == [id])
            #expect(found.first?.notification?.credential != nil)
            #expect(try await store.events(of: id).map(\.sequence) == [4, 9])
            let due = try await store.dueEvents([DueHost.Request(host: "sink.example:443", limit: 10)], at: Fixture.time)
            #expect(due.first?.map(\.sequence) == [4])
            _ = try await store.change([id]) { $0.deleted(at: Fixture.time) }
            #expect(try await store.events(of: id).map(\.sequence) == [4, 9, 10])
            let again = Fixture.session(flow: Fixture.flow("198.51.100.7"))
            #expect(try await store.create(SessionCreation(session: again)).isCreated, "a session that ended keeps nobody off")
            try store.close()
        }
    }

    @Test("a sink's token is erased with the last event that needs it, and is not in the file any more")
    func erasedTokens() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            let store = try SQLiteStore.open(path: path)
            let canary = "canary-5d1f0c7e9b"
            var session = Fixture.session(sink: "https://sink.example/")
            session = Session.stored(
                id: session.id, owner: session.owner, subject: session.subject, flow: session.flow, profile: session.profile,
                notification: NotificationTarget(
                    sink: "https://sink.example/", credential: .accessToken(canary, expiresAt: Fixture.time.adding(seconds: 1_000_000))),
                dialect: session.dialect, createdAt: session.createdAt, duration: session.duration, progress: session.progress,
                placement: session.placement)
            _ = try await store.create(SessionCreation(session: session))
            _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
            _ = try await store.change([session.id]) { $0.networkEnded(at: Fixture.time) }
            #expect(try await store.session(session.id)?.notification?.credential == nil, "an ended session needs no token")
            for event in try await store.events(of: session.id) {
                #expect(event.target?.credential != nil)
                let result = DeliveryResult(session: session.id, sequence: event.sequence, attempts: 1, step: .delivered)
                try await store.record([HostResults(name: "sink.example:443", results: [result])], at: Fixture.time)
            }
            #expect(try await store.events(of: session.id).allSatisfy { $0.target?.credential == nil })
            try store.close()
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
                #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(name) has the token")
            }
        }
    }

    @Test("with a key file tokens are sealed, keys that were replaced still open what they sealed, and a file of no keys is refused")
    func sealedTokens() async throws {
        try await TemporaryFolder.with { folder in
            let (path, keys) = (folder + "/nac.db", folder + "/keys")
            func write(_ text: String, mode: Int = 0o600) throws {
                try text.write(toFile: keys, atomically: false, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys)
            }
            let first = Data((0..<32).map { UInt8($0) }).base64EncodedString()
            let second = Data((0..<32).map { UInt8(200 - $0) }).base64EncodedString()
            try write("# the first\n\(first)\n")
            let canary = "canary-77c0ffee"
            let target = NotificationTarget(
                sink: "https://sink.example/", credential: .accessToken(canary, expiresAt: Fixture.time.adding(seconds: 1_000_000)))
            var ids: [SessionID] = []
            for (index, text) in ["\(first)\n", "\(second)\n\(first)\n"].enumerated() {
                try write(text)
                let store = try SQLiteStore.open(path: path, seal: try TokenSeal(keyFile: keys))
                let plain = Fixture.session(flow: Fixture.flow("198.51.100.\(index)"))
                let session = Session.stored(
                    id: plain.id, owner: plain.owner, subject: plain.subject, flow: plain.flow, profile: plain.profile, notification: target,
                    dialect: plain.dialect, createdAt: plain.createdAt, duration: plain.duration, progress: plain.progress, placement: plain.placement)
                _ = try await store.create(SessionCreation(session: session))
                _ = try await store.change([session.id]) { $0.networkBecameReady(at: Fixture.time) }
                ids.append(session.id)
                for id in ids {
                    #expect(try await store.session(id)?.notification == target)
                    #expect(try await store.events(of: id).first?.target == target)
                }
                try store.close()
                #expect(try Data(contentsOf: URL(filePath: path)).range(of: Data(canary.utf8)) == nil)
            }
            let without = try SQLiteStore.open(path: path)
            #expect(try await without.session(ids[0])?.notification?.credential == nil)
            try without.close()
            for (text, mode) in [("", 0o600), ("short\n", 0o600), (first, 0o644)] {
                try write(text, mode: mode)
                #expect(throws: StoreError.self) { _ = try TokenSeal(keyFile: keys) }
            }
        }
    }
}
