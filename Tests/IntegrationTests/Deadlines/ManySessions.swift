import Foundation
import GRDB
import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SQLiteStore
import SessionEngine

/// A database of very many sessions that end close together, written by the platform's own store.
struct ManySessions {
    /// The file, in which the first session ends at ``start``. The tests use only copies of the file.
    let path: String
    /// The end of each session, in order of time.
    let deadlines: [Deadline]

    static let window = Duration.seconds(10)

    var start: Timestamp { deadlines[0].time }

    /// Writes the file.
    ///
    /// - Parameter isShuffled: Whether the order of the ends differs from the order of the creations, so that each end
    ///   changes another page of the file.
    static func write(_ count: Int, to path: String, isShuffled: Bool) async throws -> ManySessions {
        let store = try SQLiteStore.open(path: path, queueCapacity: 200_000)
        // All sessions began a day ago, spread over the window. Each session is available
        // for a day and is about to end.
        let created = Timestamp.now.adding(seconds: -86_400)
        let sessions = (0..<count).map { session($0, at: created.adding(milliseconds: window.milliseconds * Int64($0) / Int64(count))) }
        try await withThrowingDiscardingTaskGroup { group in
            for session in sessions {
                group.addTask { _ = try await store.create(SessionCreation(session: session)) }
            }
        }
        let deadlines = (isShuffled ? sessions.shuffled() : sessions).enumerated().map { index, session in
            Deadline(time: created.adding(milliseconds: window.milliseconds * Int64(index) / Int64(count)), session: session.id)
        }
        let ends = Dictionary(uniqueKeysWithValues: deadlines.map { ($0.session, $0.time) })
        for start in stride(from: 0, to: count, by: 1000) {
            let page = sessions[start..<min(start + 1000, count)].map(\.id)
            _ = try await store.change(page) { session in
                session.networkBecameReady(at: ends[session.id]!.adding(seconds: -session.duration))
            }
        }
        try store.close()
        return ManySessions(path: path, deadlines: deadlines)
    }

    /// Copies the file and moves all ends.
    ///
    /// - Parameter lead: The time from the return of this call to the first end, less the time for writing the file.
    func copy(to path: String, lead: Duration) throws -> ManySessions {
        try Self.copy(self.path, to: path)
        let shift = Timestamp.now.adding(milliseconds: lead.milliseconds).milliseconds - start.milliseconds
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            try database.execute(
                sql: "UPDATE session SET started_at = started_at + ?1, ends_at = ends_at + ?1, deadline = deadline + ?1", arguments: [shift])
        }
        try queue.close()
        return ManySessions(
            path: path, deadlines: deadlines.map { Deadline(time: $0.time.adding(milliseconds: shift), session: $0.session) })
    }

    private static func copy(_ path: String, to copy: String) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + suffix) }
        try FileManager.default.copyItem(atPath: path, toPath: copy)
    }

    /// The mean time that this machine needs now to write the end of a session, without the rest of the platform. The
    /// method runs plain SQL on a copy of the file, in the order of the ends: transactions with 2,000 changes, and one
    /// transaction that removes 20,000 sessions.
    func costOfAnEnd() throws -> Duration {
        let copy = path + "-measured"
        try Self.copy(path, to: copy)
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + suffix) } }
        let pool = try DatabasePool(path: copy)
        let start = ContinuousClock.now
        try pool.writeWithoutTransaction { database in
            try database.execute(sql: Self.preparation)
            for first in stride(from: 0, to: deadlines.count, by: 2000) {
                let insertion = try database.cachedStatement(sql: "INSERT INTO batch VALUES (?)")
                try database.execute(sql: "BEGIN; DELETE FROM batch")
                for deadline in deadlines[first..<min(first + 2000, deadlines.count)] {
                    try insertion.execute(arguments: [Self.blob(deadline.session)])
                }
                try database.execute(sql: Self.ends)
                if (first / 2000) % 10 == 9 { try database.execute(sql: Self.removals) }
            }
        }
        let cost = (ContinuousClock.now - start) / deadlines.count
        try pool.close()
        return cost
    }

    private static let preparation = """
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -65536;
        PRAGMA wal_autocheckpoint = 16000;
        CREATE TEMP TABLE batch (id BLOB PRIMARY KEY) WITHOUT ROWID;
        CREATE TEMP TABLE ended (id BLOB PRIMARY KEY) WITHOUT ROWID;
        """

    private static let ends = """
        INSERT INTO event (session, id, status, status_info, time, dialect, owner)
            SELECT id, randomblob(16), 2, 0, ends_at, dialect, owner FROM batch JOIN session USING (id);
        UPDATE session SET status = 2, status_info = 0, deadline = NULL WHERE id IN (SELECT id FROM batch);
        INSERT INTO ended SELECT id FROM batch;
        COMMIT;
        """

    private static let removals = """
        BEGIN;
        DELETE FROM flow WHERE (device_key, session) IN (SELECT device_key, id FROM ended JOIN session USING (id));
        DELETE FROM session WHERE id IN (SELECT id FROM ended);
        DELETE FROM ended;
        COMMIT;
        """

    private static func blob(_ id: SessionID) -> Data {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Data($0) }
    }

    private static func session(_ index: Int, at created: Timestamp) -> Session {
        let addresses = NetworkAddresses(ipv4: IPv4Address(rawValue: 0x0a80_0000 + UInt32(index)), ipv6: nil)
        let subject = Session.Subject(
            key: DeviceKey("many-\(index)"), device: try? Device(phoneNumber: PhoneNumber("+36201\(100_000 + index)")),
            identifiedBy: .phoneNumber, addresses: addresses)
        return Session.requested(
            id: .make(at: created), by: ClientID("sandbox"), for: subject, flow: Fixture.flow(), profile: Fixture.profile().name,
            duration: 86_400, at: created
        )
    }

    /// The number of sessions that end after `time`.
    func count(endingAfter time: Timestamp) -> Int {
        var (low, high) = (0, deadlines.count)
        while low < high {
            let middle = (low + high) / 2
            if deadlines[middle].time > time { high = middle } else { low = middle + 1 }
        }
        return deadlines.count - low
    }

    /// The first end among the last `count` sessions; `nil` if `count` is 0.
    func soonest(ofLast count: Int) -> Timestamp? {
        count > 0 && count <= deadlines.count ? deadlines[deadlines.count - count].time : nil
    }
}

extension Duration {
    var milliseconds: Int64 { Int64(self / .milliseconds(1)) }
}
