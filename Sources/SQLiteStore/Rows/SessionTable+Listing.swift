import Foundation
import GRDB
import QualityOnDemand
import SessionEngine

/// Finds sessions by their device. The cost does not grow with the sessions of other devices.
extension SessionTable {
    /// The index ends with the id, because the table is clustered by id. So the results are in the order of time.
    static let deviceIndex = "CREATE INDEX session_device ON session (device_key, owner)"

    /// The readable sessions that a client has for a device, oldest first; assignments are not included.
    static func page(
        of device: DeviceKey, owner: ClientID, at now: Timestamp, limit: Int, skipping unreadable: UnreadableRows, in database: Database
    ) throws -> [Session] {
        var statement = try HotStatement(
            """
            SELECT \(shown) FROM session WHERE device_key = ? AND owner = ? AND dialect <> 2 AND (status < 2 OR readable_until > ?)
            ORDER BY id LIMIT ?
            """, in: database)
        statement.bind(device.description)
        statement.bind(owner.description)
        statement.bind(now.milliseconds)
        statement.bind(limit)
        var sessions: [Session] = []
        while try statement.next() {
            if let readable = try unreadable.readable({ try session(statement, in: database) }) { sessions.append(readable) }
        }
        return sessions
    }

    /// The sessions and assignments of devices that want the network, in the order of the devices, then owner and id.
    static func page(
        of devices: [DeviceKey], after place: DevicePlace?, limit: Int, in database: Database
    ) throws -> DevicePage {
        var page = DevicePage(sessions: [], next: nil)
        let begin = place.flatMap { devices.firstIndex(of: $0.device) } ?? 0
        for device in devices[begin...] {
            var statement = try HotStatement(
                """
                SELECT id, owner FROM session WHERE device_key = ? AND (owner, id) > (?, ?) AND status < 2 ORDER BY owner, id LIMIT ?
                """, in: database)
            statement.bind(device.description)
            let isContinued = device == place?.device
            statement.bind(isContinued ? place?.owner.description : "")
            if isContinued, let id = place?.session { statement.bind(id) } else { statement.bind(Data()) }
            statement.bind(limit - page.sessions.count)
            while try statement.next() {
                let id = statement.sessionID(0)
                page.sessions.append(id)
                if page.sessions.count == limit {
                    page.next = DevicePlace(device: device, owner: ClientID(statement.text(1)), session: id)
                    return page
                }
            }
        }
        return page
    }

    /// The sessions to which a network gave a handle: nearly always one.
    static func sessions(
        withHandle handle: NetworkHandle, skipping unreadable: UnreadableRows, in database: Database
    ) throws -> [Session] {
        var statement = try HotStatement("SELECT \(shown) FROM session WHERE handle = ? LIMIT 100", in: database)
        statement.bind(handle.description)
        var sessions: [Session] = []
        while try statement.next() {
            if let readable = try unreadable.readable({ try session(statement, in: database) }) { sessions.append(readable) }
        }
        return sessions
    }
}
