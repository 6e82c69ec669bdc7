import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

extension SessionTable {
    static func counts(after id: SessionID?, limit: Int, in database: Database) throws -> SessionCounts {
        let statement = try database.cachedStatement(sql: """
            SELECT status, count(*), max(id), site FROM (SELECT status, id, site FROM session WHERE id > ? ORDER BY id LIMIT ?)
            GROUP BY site, status
            """)
        var counts: [SiteName: [QoSStatus: Int]] = [:]
        var last: SessionID?
        var rows = 0
        for row in try Row.fetchAll(statement, arguments: [id?.blob ?? Data(), limit]) {
            rows += row[1]
            let site = (row[3] as String?).map(SiteName.init(stored:)) ?? .default
            // A row that cannot be read is set aside and has no status.
            if let status = QoSStatus(number: row[0]) { counts[site, default: [:]][status] = row[1] }
            let highest = SessionID(blob: row[2])
            last = max(last ?? highest, highest)
        }
        return SessionCounts(bySite: counts, last: rows < limit ? nil : last)
    }
}

extension DeliveryTable {
    /// The index has an entry for each pending event and no other, by age. New entries are added at the end, and the
    /// oldest are removed first.
    static let pendingIndex = "CREATE INDEX event_pending ON event (time) WHERE delivery = 1"

    static func figures(limit: Int, in database: Database) throws -> OutboxFigures {
        let count = try database.cachedStatement(sql: "SELECT count(*) FROM (SELECT 1 FROM event WHERE delivery = 1 LIMIT ?)")
        let oldest = try database.cachedStatement(sql: "SELECT time FROM event WHERE delivery = 1 ORDER BY time LIMIT 1")
        return OutboxFigures(
            pending: try Int.fetchOne(count, arguments: [limit]) ?? 0,
            oldest: try Int64.fetchOne(oldest).map(Timestamp.init(milliseconds:)))
    }
}
