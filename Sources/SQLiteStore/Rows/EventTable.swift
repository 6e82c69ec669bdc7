import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

/// The table `event`: each change of status. The events with a sink are the outbox.
enum EventTable {
    static let columns = "\(columnsInOrder), reason"
    /// The columns that existed before the migration `events-in-order`.
    private static let columnsInOrder = """
        session, sequence, id, status, status_info, time, sink, sink_token, sink_token_expires_at, dialect, owner, delivery, attempts, \
        outcome, due
        """
    static let shown = columns.openingTokens
    /// Leaves out events with values that no version has written. Such an event blocks neither other events nor its
    /// sink.
    static let isReadable = "status BETWEEN 0 AND 2 AND dialect BETWEEN 0 AND 2 AND delivery BETWEEN 0 AND 4"
    static let shownWithCheck = "\(shown), \(isReadable)"
    private static let insertion = """
        INSERT INTO event (session, sequence, id, status, status_info, time, sink, sink_token, sink_token_expires_at, dialect, owner, \
        delivery, outcome, host, due, reason) \
        VALUES (?, ?, ?, ?, ?, ?, ?, iif(?8 IS NULL, NULL, nac_seal(?8)), ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// The table since version 0.2, in the order of `sequence`. Before, the table was in the order of `session`, and
    /// the end of each session wrote a page of its own, unless sessions ended in the order of their ids.
    static let inOrder = """
        DROP INDEX event_outbox;
        DROP INDEX event_due;
        DROP INDEX event_pending;
        ALTER TABLE event RENAME TO event_by_session;

        CREATE TABLE event (
            sequence INTEGER NOT NULL PRIMARY KEY,
            session BLOB NOT NULL,
            id BLOB NOT NULL,
            status INTEGER NOT NULL,
            status_info INTEGER,
            time INTEGER NOT NULL,
            sink TEXT,
            sink_token TEXT,
            sink_token_expires_at INTEGER,
            dialect INTEGER NOT NULL DEFAULT 1,
            owner TEXT,
            delivery INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            outcome TEXT,
            host TEXT,
            due INTEGER
        ) STRICT;

        INSERT INTO event (\(columnsInOrder), host) SELECT \(columnsInOrder), host FROM event_by_session ORDER BY sequence;
        DROP TABLE event_by_session;

        CREATE INDEX event_session ON event (session);
        CREATE INDEX event_outbox ON event (sequence) WHERE sink IS NOT NULL;
        CREATE INDEX event_due ON event (host, due) WHERE due IS NOT NULL;
        \(DeliveryTable.pendingIndex);
        """

    static func insert(_ change: StatusChange, of session: Session, sequence: Int64, in database: Database) throws {
        let id = EventID.make(at: change.time)
        let place = try DeliveryTable.place(for: session, in: database)
        let host = session.notification?.host
        var statement = try HotStatement(insertion, in: database)
        statement.bind(session.id)
        statement.bind(sequence)
        statement.bind(high: id.high, low: id.low)
        statement.bind(change.status.number)
        statement.bind(change.info.map { Int64($0.number) })
        statement.bind(change.time.milliseconds)
        // An event that is never sent needs no token.
        statement.bind(place.delivery == .pending ? session.notification : session.notification.map { NotificationTarget(sink: $0.sink, credential: nil) })
        statement.bind(session.dialect.rawValue)
        statement.bind(session.owner.description)
        statement.bind(place.delivery.rawValue)
        statement.bind(place.outcome)
        statement.bind(host)
        statement.bind(place.isFirst ? change.time.milliseconds : nil)
        statement.bind(change.reason)
        try statement.run()
        if place.isFirst, let host { try DeliveryTable.noteDue(host, at: change.time, in: database) }
    }

    /// The highest sequence that is still stored; 0 if there are no events.
    static func lastSequence(in database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM event") ?? 0
    }

    static func events(of id: SessionID, noting unreadable: UnreadableEvents, in database: Database) throws -> [SessionEvent] {
        var statement = try HotStatement("SELECT \(shownWithCheck) FROM event WHERE session = ? ORDER BY sequence", in: database)
        statement.bind(id)
        return try readable(statement, noting: unreadable)
    }

    /// Reads the rows of a statement with the columns ``shownWithCheck``. Notes the rows that cannot be read: they are
    /// not sent, and an operator should know.
    static func readable(
        _ statement: borrowing HotStatement, limit: Int = .max, noting unreadable: UnreadableEvents
    ) throws -> [SessionEvent] {
        var events: [SessionEvent] = []
        while events.count < limit, try statement.next() {
            if statement.integer(16) == 1 {
                events.append(try event(statement))
            } else {
                unreadable.note(UnreadableEvent(sequence: statement.integer(1), session: statement.sessionID(0)))
            }
        }
        return events
    }

    /// Removes old events of old sessions. Ids begin with their time, so the query skips sessions that are too new.
    static func forget(before time: Timestamp, limit: Int, in database: Database) throws -> Int {
        let firstTooNew = SessionID(high: UInt64(max(time.milliseconds, 0)) << 16, low: 0)
        let statement = try database.cachedStatement(sql: """
            DELETE FROM event WHERE sequence IN (SELECT sequence FROM event WHERE session < ? AND time < ? LIMIT ?)
            """)
        try statement.execute(arguments: [firstTooNew.blob, time.milliseconds, limit])
        return database.changesCount
    }

    static func event(_ row: borrowing HotStatement) throws -> SessionEvent {
        guard let status = QoSStatus(number: Int(row.integer(3))), let dialect = Session.Dialect(rawValue: Int(row.integer(9))),
            let delivery = DeliveryTable.Standing(rawValue: Int(row.integer(11)))
        else {
            throw StoreError(.corrupt, "the event \(row.integer(1)) cannot be read: a column holds what no version has written")
        }
        let (high, low) = row.halves(2)
        return SessionEvent(
            sequence: row.integer(1), id: EventID(high: high, low: low), session: row.sessionID(0),
            change: StatusChange(
                status: status, info: row.optionalInteger(4).flatMap { StatusInfo(number: Int($0)) },
                time: Timestamp(milliseconds: row.integer(5)), reason: row.optionalText(15)),
            target: NotificationTarget(sink: row.optionalText(6), token: row.optionalText(7), expiresAt: row.optionalInteger(8)),
            dialect: dialect, owner: row.optionalText(10).map { ClientID($0) },
            delivery: Delivery(
                state: delivery.state, attempts: Int(row.integer(12)), lastOutcome: row.optionalText(13),
                nextAttempt: row.optionalInteger(14).map(Timestamp.init(milliseconds:))))
    }
}

/// The table `idempotency`: each key with the session that its request created.
enum IdempotencyTable {
    /// The earlier use of a key, unless that use is too long ago.
    static func find(
        _ idempotency: SessionCreation.Idempotency, of owner: ClientID, in database: Database
    ) throws -> (digest: Data, session: SessionID)? {
        let statement = try database.cachedStatement(
            sql: "SELECT digest, session FROM idempotency WHERE owner = ? AND key = ? AND used_at > ?")
        return try Row.fetchOne(statement, arguments: [owner.description, idempotency.key, idempotency.validSince.milliseconds])
            .map { ($0[0], SessionID(blob: $0[1])) }
    }

    static func insert(_ idempotency: SessionCreation.Idempotency, for session: Session, in database: Database) throws {
        let statement = try database.cachedStatement(sql: "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            session.owner.description, idempotency.key, Data(idempotency.digest), session.id.blob, session.createdAt.milliseconds,
        ])
    }

    /// Removes keys that were used before that time.
    static func forget(usedBefore time: Timestamp, limit: Int, in database: Database) throws -> Int {
        let statement = try database.cachedStatement(sql: """
            DELETE FROM idempotency WHERE (owner, key) IN (SELECT owner, key FROM idempotency WHERE used_at < ? LIMIT ?)
            """)
        try statement.execute(arguments: [time.milliseconds, limit])
        return database.changesCount
    }
}
