import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

/// The state of the delivery of events: columns of `event`, and the table `sink_host`.
///
/// A sink's token is removed from an event in the transaction that settles the event, and from a session in the
/// transaction that ends the session.
///
/// Of each session, only the first pending event has a due time; the next event gets a due time when the first one is
/// settled. So the index over due events has at most one entry for each session, in the order host, time. The events
/// for one host are a range of this index, however many wait for other hosts. `sink_host` has a row for each host
/// with a due event, with the time of the next check.
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
        /// The session has no sink.
        case none = 0
        case pending = 1
        case delivered = 2
        case stopped = 3
        /// This event and all later events of the session are stopped.
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

    /// The initial state of a session's next event: it waits behind pending events, and is ended if its sink has
    /// ended.
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

    /// Notes that an event is due to a host; a pause of the host stays as long as it is.
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

    /// - Parameter buckets: `nil` for all. The buckets are filtered here and not by an index: nearly always one server has
    ///   all of them.
    static func dueHosts(at now: Timestamp, in buckets: Set<Int>?, limit: Int, _ database: Database) throws -> [DueHost] {
        var statement = try HotStatement("SELECT host, failures FROM sink_host WHERE due <= ? ORDER BY due", in: database)
        statement.bind(now.milliseconds)
        var hosts: [DueHost] = []
        while hosts.count < limit, try statement.next() {
            let host = DueHost(name: statement.text(0), failures: Int(statement.integer(1)))
            if buckets?.contains(Shard.bucket(ofHost: host.name)) ?? true { hosts.append(host) }
        }
        return hosts
    }

    /// The time of the next due host after `now`.
    static func nextDue(after now: Timestamp, in database: Database) throws -> Timestamp? {
        var statement = try HotStatement("SELECT due FROM sink_host WHERE due > ? ORDER BY due LIMIT 1", in: database)
        statement.bind(now.milliseconds)
        return try statement.next() ? Timestamp(milliseconds: statement.integer(0)) : nil
    }

    static func dueEvents(
        to host: String, at now: Timestamp, limit: Int, noting unreadable: UnreadableEvents, in database: Database
    ) throws -> [SessionEvent] {
        var statement = try HotStatement(
            "SELECT \(EventTable.shownWithCheck) FROM event WHERE host = ? AND due <= ? ORDER BY due", in: database)
        statement.bind(host)
        statement.bind(now.milliseconds)
        return try EventTable.readable(statement, limit: limit, noting: unreadable)
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

    /// Stores the time of a host's next check: the due time of its first event, but behind all hosts that have waited
    /// longer, and not during a pause.
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
