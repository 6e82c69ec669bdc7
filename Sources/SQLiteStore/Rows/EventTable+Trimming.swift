import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

/// Removes events before their retention ends.
extension EventTable {
    /// A place in the index `event_session`.
    struct Place: Sendable {
        var session = Data()
        var sequence: Int64 = 0
    }

    /// Counts the events up to a sequence, a page at a time, in the index of the sessions, which is much smaller than
    /// the table.
    ///
    /// - Returns: the count of the page and the place of the next one; `nil` for the last page.
    static func count(after place: Place, upTo last: Int64, limit: Int, in database: Database) throws -> (count: Int, next: Place?) {
        let statement = try database.cachedStatement(sql: """
            SELECT session, sequence FROM event INDEXED BY event_session WHERE (session, sequence) > (?, ?) ORDER BY session, sequence LIMIT ?
            """)
        let rows = try Row.fetchCursor(statement, arguments: [place.session, place.sequence, limit])
        var (read, count) = (0, 0)
        var next = place
        while let row = try rows.next() {
            read += 1
            next = Place(session: row[0], sequence: row[1])
            if next.sequence <= last { count += 1 }
        }
        return (count, read < limit ? nil : next)
    }

    /// Finds sessions that are gone and have an event without a sink that is older than `time`; from a sequence on.
    ///
    /// - Parameter limit: the number of sessions; the statement reads ten times as many events at most.
    /// - Returns: the sessions, the last sequence that was read, and whether there may be more.
    static func sessionsGone(
        after sequence: Int64, before time: Timestamp, limit: Int, in database: Database
    ) throws -> (sessions: [SessionID], last: Int64, isMore: Bool) {
        var statement = try HotStatement("""
            SELECT sequence, session, time, sink IS NULL AND NOT EXISTS (SELECT 1 FROM session WHERE id = event.session)
            FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?
            """, in: database)
        statement.bind(sequence)
        statement.bind(limit * 10)
        var sessions: [SessionID] = []
        var (read, last) = (0, sequence)
        while sessions.count < limit, try statement.next(), statement.integer(2) < time.milliseconds {
            read += 1
            last = statement.integer(0)
            if statement.integer(3) != 0 { sessions.append(statement.sessionID(1)) }
        }
        return (sessions, last, read == limit * 10 || sessions.count == limit)
    }

    /// Removes the events of sessions that are gone and had no sink.
    ///
    /// - Returns: the number of removed events.
    static func forget(_ sessions: [SessionID], in database: Database) throws -> Int {
        let statement = try database.cachedStatement(
            sql: "DELETE FROM event WHERE session = ?1 AND sink IS NULL AND NOT EXISTS (SELECT 1 FROM session WHERE id = ?1)")
        var count = 0
        for session in sessions {
            try statement.execute(arguments: [session.blob])
            count += database.changesCount
        }
        return count
    }

    /// Removes the oldest settled events, from a sequence on.
    ///
    /// - Returns: the number of removed events, and the last sequence among them.
    static func removeSettled(after sequence: Int64, limit: Int, in database: Database) throws -> (count: Int, last: Int64) {
        let found = try database.cachedStatement(
            sql: "SELECT sequence FROM event WHERE sequence > ? AND delivery <> 1 ORDER BY sequence LIMIT ?")
        let sequences = try Int64.fetchAll(found, arguments: [sequence, limit])
        let deletion = try database.cachedStatement(sql: "DELETE FROM event WHERE sequence = ?")
        for sequence in sequences { try deletion.execute(arguments: [sequence]) }
        return (sequences.count, sequences.last ?? sequence)
    }
}

extension DeliveryTable {
    /// The outcome of a notification that was given up because too many wait.
    static let overflow = "overflow"

    /// Gives up the notifications that have waited longest.
    ///
    /// - Returns: the number of notifications.
    static func giveUpOldest(limit: Int, at now: Timestamp, in database: Database) throws -> Int {
        let statement = try database.cachedStatement(
            sql: "SELECT session, sequence, attempts FROM event WHERE delivery = 1 ORDER BY time, sequence LIMIT ?")
        let oldest = try Row.fetchAll(statement, arguments: [limit])
        for row in oldest {
            let result = DeliveryResult(session: SessionID(blob: row[0]), sequence: row[1], attempts: row[2], step: .stopped(overflow))
            try record(result, at: now, in: database)
        }
        return oldest.count
    }
}
