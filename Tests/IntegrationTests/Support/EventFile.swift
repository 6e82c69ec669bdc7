import Foundation
import GRDB
import QualityOnDemand

/// The events in the database of a stopped server, read with plain SQL.
struct EventFile {
    struct Event: Hashable {
        let status: QoSStatus
        let info: StatusInfo?
        let time: Timestamp
    }

    /// The events by session, in the order of the outbox.
    let events: [String: [Event]]

    init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        var events: [String: [Event]] = [:]
        try queue.read { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT session, status, status_info, time FROM event ORDER BY session, sequence")
            while let row = try rows.next() {
                let info = (row[2] as Int?).map { StatusInfo.allCases[$0] }
                let event = Event(status: QoSStatus.allCases[row[1]], info: info, time: Timestamp(milliseconds: row[3]))
                events[Self.uuid(row[0]), default: []].append(event)
            }
        }
        self.events = events
    }

    /// The sessions with impossible events. Possible are AVAILABLE, UNAVAILABLE, or both in this order, each once.
    var sessionsWithImpossibleEvents: [String] {
        let possible: Set<[QoSStatus]> = [[.available], [.unavailable], [.available, .unavailable]]
        return events.filter { !possible.contains($0.value.map(\.status)) }.map(\.key)
    }

    private static func uuid(_ blob: Data) -> String {
        let digits = blob.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}
