import GRDB
import QualityOnDemand
import SessionEngine

/// The number of live sessions, for each client and each device.
///
/// Triggers of the writing connection keep the counts, in a temporary table of this connection. So the counts follow
/// every change of a session in the same transaction, and nothing of them is on disk. A platform without limits has
/// neither table nor triggers. The first counts come from one pass over the sessions.
///
/// A small limit for a device needs no counts: a query counts that many sessions in the index.
enum LiveCounts {
    /// Up to this limit, a query counts a device's sessions.
    private static let fewPerDevice = 1000

    /// Whether counts must be kept for these limits.
    static func areNeeded(for limits: LiveSessionLimits) -> Bool {
        limits.perClient != nil || limits.perDevice.map { $0 > fewPerDevice } ?? false
    }

    /// Starts to count, unless counting has started before.
    static func begin(in database: Database) throws {
        let isBegun = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE name = 'live_count')")
        guard isBegun != true else { return }
        try database.execute(sql: definition)
    }

    /// The limit that a new session of this client and device would exceed.
    static func reached(by session: Session, _ limits: LiveSessionLimits, in database: Database) throws -> LiveSessionLimits.Kind? {
        if let limit = limits.perClient, try count(.client, session.owner.description, in: database) >= limit { return .client }
        if let limit = limits.perDevice {
            let count = limit <= fewPerDevice
                ? try live(of: session.subject.key, upTo: limit, in: database) : try count(.device, session.subject.key.description, in: database)
            if count >= limit { return .device }
        }
        return nil
    }

    private static func live(of device: DeviceKey, upTo limit: Int, in database: Database) throws -> Int {
        var statement = try HotStatement(
            "SELECT count(*) FROM (SELECT 1 FROM session WHERE device_key = ? AND status < 2 LIMIT ?)", in: database)
        statement.bind(device.description)
        statement.bind(limit)
        return try statement.next() ? Int(statement.integer(0)) : 0
    }

    private static func count(_ kind: LiveSessionLimits.Kind, _ name: String, in database: Database) throws -> Int {
        var statement = try HotStatement("SELECT sessions FROM temp.live_count WHERE kind = ? AND name = ?", in: database)
        statement.bind(kind.rawValue)
        statement.bind(name)
        return try statement.next() ? Int(statement.integer(0)) : 0
    }

    /// Status 0 is requested, 1 available, 2 unavailable.
    private static let definition = """
        CREATE TEMP TABLE live_count (
            kind INTEGER NOT NULL,
            name TEXT NOT NULL,
            sessions INTEGER NOT NULL,
            PRIMARY KEY (kind, name)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO live_count SELECT 0, owner, count(*) FROM main.session WHERE status < 2 GROUP BY owner;
        INSERT INTO live_count SELECT 1, device_key, count(*) FROM main.session WHERE status < 2 GROUP BY device_key;

        CREATE TEMP TRIGGER live_count_begun AFTER INSERT ON main.session WHEN new.status < 2 BEGIN
            INSERT INTO live_count VALUES (0, new.owner, 1) ON CONFLICT (kind, name) DO UPDATE SET sessions = sessions + 1;
            INSERT INTO live_count VALUES (1, new.device_key, 1) ON CONFLICT (kind, name) DO UPDATE SET sessions = sessions + 1;
        END;

        CREATE TEMP TRIGGER live_count_ended AFTER UPDATE OF status ON main.session WHEN old.status < 2 AND new.status >= 2 BEGIN
            \(ending)
        END;

        CREATE TEMP TRIGGER live_count_moved AFTER UPDATE OF device_key ON main.session
        WHEN new.status < 2 AND new.device_key <> old.device_key BEGIN
            UPDATE live_count SET sessions = sessions - 1 WHERE kind = 1 AND name = old.device_key;
            DELETE FROM live_count WHERE kind = 1 AND name = old.device_key AND sessions <= 0;
            INSERT INTO live_count VALUES (1, new.device_key, 1) ON CONFLICT (kind, name) DO UPDATE SET sessions = sessions + 1;
        END;

        CREATE TEMP TRIGGER live_count_removed AFTER DELETE ON main.session WHEN old.status < 2 BEGIN
            \(ending)
        END;
        """

    private static let ending = """
        UPDATE live_count SET sessions = sessions - 1 WHERE kind = 0 AND name = old.owner;
        UPDATE live_count SET sessions = sessions - 1 WHERE kind = 1 AND name = old.device_key;
        DELETE FROM live_count WHERE kind = 0 AND name = old.owner AND sessions <= 0;
        DELETE FROM live_count WHERE kind = 1 AND name = old.device_key AND sessions <= 0;
        """
}
