import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

/// How far the delivery of events has come: columns of `event`, and the table `sink_host`.
///
/// A sink's token leaves an event in the transaction that settles it, and the session in the one that ends it.
///
/// Of each session only the first event that is pending has a time at which it is due; the next one gets it when that
/// one leaves. So the index over due events has one entry for each session at most, in the order host, time: what
/// goes to a host is a range of it, however much waits for others. `sink_host` has a row for each host to which
/// something is due, with the time to look at it next.
enum DeliveryTable {
    static let creation = """
        ALTER TABLE event ADD COLUMN dialect INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE event ADD COLUMN owner TEXT;
        ALTER TABLE event ADD COLUMN delivery INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE event ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE event ADD COLUMN outcome TEXT;
        ALTER TABLE event ADD COLUMN host TEXT;
        ALTER TABLE event ADD COLUMN due INTEGER;

        CREATE INDEX event_due ON event (host, due) WHERE due IS NOT NULL;

        CREATE TABLE sink_host (
            host TEXT NOT NULL PRIMARY KEY,
            due INTEGER NOT NULL,
            failures INTEGER NOT NULL DEFAULT 0,
            paused_until INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX sink_host_due ON sink_host (due);
        """

    /// The column `delivery`.
    enum Standing: Int {
        /// There is no sink.
        case none = 0
        case pending = 1
        case delivered = 2
        case stopped = 3
        /// Stopped, and so is whatever the session has to tell after it.
        case ended = 4

        var state: Delivery.State {
            switch self {
            case .none: .none
            case .pending: .pending
            case .delivered: .delivered
            case .stopped, .ended: .stopped
            }
        }
    }

    // MARK: New events

    /// How a session's next event begins: behind those that are pending, and nowhere where its sink has ended.
    static func place(for session: Session, in database: Database) throws -> (delivery: Standing, outcome: String?, isFirst: Bool) {
        guard session.notification != nil else { return (.none, nil, false) }
        var statement = try HotStatement(
            "SELECT delivery, outcome FROM event WHERE session = ? ORDER BY sequence DESC LIMIT 1", in: database)
        statement.bind(session.id)
        guard try statement.next() else { return (.pending, nil, true) }
        switch Standing(rawValue: Int(statement.integer(0))) {
        case .pending: return (.pending, nil, false)
        case .ended: return (.ended, statement.optionalText(1), false)
        default: return (.pending, nil, true)
        }
    }

    /// Something is due to a host; one that is paused is not looked at earlier for that.
    static func noteDue(_ host: String, at time: Timestamp, in database: Database) throws {
        var statement = try HotStatement("""
            INSERT INTO sink_host (host, due) VALUES (?, ?)
            ON CONFLICT (host) DO UPDATE SET due = max(min(due, excluded.due), coalesce(paused_until, 0))
            """, in: database)
        statement.bind(host)
        statement.bind(time.milliseconds)
        try statement.run()
    }

    // MARK: Finding work

    static func dueHosts(at now: Timestamp, limit: Int, in database: Database) throws -> [DueHost] {
        var statement = try HotStatement(
            "SELECT host, failures FROM sink_host WHERE due <= ? ORDER BY due LIMIT ?", in: database)
        statement.bind(now.milliseconds)
        statement.bind(limit)
        var hosts: [DueHost] = []
        while try statement.next() { hosts.append(DueHost(name: statement.text(0), failures: Int(statement.integer(1)))) }
        return hosts
    }

    /// When a host is to be looked at that is not to be yet.
    static func nextDue(after now: Timestamp, in database: Database) throws -> Timestamp? {
        var statement = try HotStatement("SELECT due FROM sink_host WHERE due > ? ORDER BY due LIMIT 1", in: database)
        statement.bind(now.milliseconds)
        return try statement.next() ? Timestamp(milliseconds: statement.integer(0)) : nil
    }

    static func dueEvents(to host: String, at now: Timestamp, limit: Int, in database: Database) throws -> [SessionEvent] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(EventTable.shown) FROM event WHERE host = ? AND due <= ? AND \(EventTable.isReadable)
                ORDER BY due LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: [host, now.milliseconds, limit]).map(EventTable.event)
    }

    // MARK: Keeping results

    static func record(_ result: DeliveryResult, at now: Timestamp, in database: Database) throws {
        let (standing, outcome, due): (Standing, String?, Timestamp?) =
            switch result.step {
            case .delivered: (.delivered, "delivered", nil)
            case .retry(let due, let outcome): (.pending, outcome, due)
            case .stopped(let outcome): (.stopped, outcome, nil)
            case .ended(let outcome): (.ended, outcome, nil)
            }
        var statement = try HotStatement(
            """
            UPDATE event SET delivery = ?1, attempts = ?2, outcome = ?3, due = ?4, sink_token = iif(?1 = 1, sink_token, NULL)
            WHERE session = ?5 AND sequence = ?6
            """, in: database)
        statement.bind(standing.rawValue)
        statement.bind(result.attempts)
        statement.bind(outcome)
        statement.bind(due?.milliseconds)
        statement.bind(result.session)
        statement.bind(result.sequence)
        try statement.run()
        switch standing {
        case .delivered, .stopped: try letNextGo(of: result.session, at: now, in: database)
        case .ended: try endRest(of: result.session, outcome, in: database)
        case .pending, .none: break
        }
    }

    private static func letNextGo(of session: SessionID, at now: Timestamp, in database: Database) throws {
        var statement = try HotStatement("""
            UPDATE event SET due = ? WHERE session = ? AND sequence =
                (SELECT sequence FROM event WHERE session = ? AND delivery = 1 ORDER BY sequence LIMIT 1)
            """, in: database)
        statement.bind(now.milliseconds)
        statement.bind(session)
        statement.bind(session)
        try statement.run()
    }

    private static func endRest(of session: SessionID, _ outcome: String?, in database: Database) throws {
        var statement = try HotStatement(
            "UPDATE event SET delivery = 4, outcome = ?, due = NULL, sink_token = NULL WHERE session = ? AND delivery = 1", in: database)
        statement.bind(outcome)
        statement.bind(session)
        try statement.run()
    }

    /// Notes when to look at a host next: at what is due first there, behind all that have waited longer, and not while
    /// it is paused.
    static func settle(_ host: HostResults, at now: Timestamp, in database: Database) throws {
        var first = try HotStatement(
            "SELECT due FROM event WHERE host = ? AND due IS NOT NULL AND \(EventTable.isReadable) ORDER BY due LIMIT 1",
            in: database)
        first.bind(host.name)
        guard try first.next() else {
            var deletion = try HotStatement("DELETE FROM sink_host WHERE host = ?", in: database)
            deletion.bind(host.name)
            return try deletion.run()
        }
        let due = max(first.integer(0), now.milliseconds, host.pausedUntil?.milliseconds ?? .min)
        var statement = try HotStatement(
            "INSERT OR REPLACE INTO sink_host (host, due, failures, paused_until) VALUES (?, ?, ?, ?)", in: database)
        statement.bind(host.name)
        statement.bind(due)
        statement.bind(host.failures)
        statement.bind(host.pausedUntil?.milliseconds)
        try statement.run()
    }
}
