import Foundation
import GRDB
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine
import Testing

@Suite("Rows that cannot be read")
struct DamagedRowTests {
    /// Changes to the third of six sessions; each of them makes the row unreadable.
    private static let damages = [
        "identified_by = 99", "dialect = 7", "status = 9", "server_form = 5", "servers = 'nowhere'", "duration = 9223372036854775807",
        "created_at = -9223372036854775808", "ends_at = 9223372036854775807", "started_at = -5", "profile = ''",
    ]

    @Test("are left out, and stop neither a page, a change, a count nor the outbox", arguments: damages)
    func session(damage: String) async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            let ids = try await fill(path)
            let damaged = ids[2]
            try await sql("UPDATE session SET \(damage) WHERE id = x'\(damaged.hex)'", path)
            let store = try SQLiteStore.open(path: path)
            defer { try? store.close() }
            var found: [SessionID] = []
            while case let page = try await store.sessions(after: found.last, limit: 2), !page.isEmpty { found += page.map(\.id) }
            #expect(found == ids.filter { $0 != damaged })
            #expect(try await store.sessions(ids).map(\.id) == found)
            #expect(store.takeUnreadable() == [damaged])
            #expect(store.takeUnreadable() == [], "each is reported once")
            let changes = try await store.change(ids) { $0.deleted(at: Fixture.time.adding(seconds: 9)) }
            #expect(changes.map(\.session.id) == found)
            _ = try await store.sessionCounts(after: nil, limit: 100)
            _ = try await store.deadlines(until: .never, limit: 10)
        }
    }

    @Test("of the outbox do not stop what else is due to their host")
    func event() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/nac.db"
            let ids = try await fill(path)
            try await sql("UPDATE event SET status = 7 WHERE session = x'\(ids[0].hex)'", path)
            let store = try SQLiteStore.open(path: path)
            defer { try? store.close() }
            let later = Fixture.time.adding(seconds: 60)
            let (hosts, _) = try await store.dueHosts(at: later, limit: 10)
            let due = try await store.dueEvents(hosts.map { DueHost.Request(host: $0.name, limit: 100) }, at: later)
            #expect(due.flatMap { $0 }.count == ids.count - 1)
            #expect(store.takeUnreadableEvents().map(\.session) == [ids[0]], "one that is due is told, though nobody asks for it")
            #expect(try await store.events(of: ids[0]).isEmpty)
            #expect(store.takeUnreadableEvents().isEmpty, "each is told once")
            try await sql("UPDATE event SET dialect = 9 WHERE session = x'\(ids[1].hex)'", path)
            #expect(try await store.events(of: ids[1]).isEmpty)
            #expect(store.takeUnreadableEvents().map(\.session) == [ids[1]])
        }
    }

    private func fill(_ path: String) async throws -> [SessionID] {
        let store = try SQLiteStore.open(path: path)
        var ids: [SessionID] = []
        for index in 0..<6 {
            let session = Fixture.session(
                flow: Fixture.flow("198.51.100.\(index)"), sink: "https://example.com/", at: Fixture.time.adding(seconds: index))
            _ = try await store.create(SessionCreation(session: session))
            ids.append(session.id)
        }
        _ = try await store.change(ids) { $0.networkBecameReady(at: Fixture.time) }
        try store.close()
        return ids
    }

    private func sql(_ text: String, _ path: String) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: text) }
        try queue.close()
    }
}

extension SessionID {
    fileprivate var hex: String { description.replacing("-", with: "") }
}
