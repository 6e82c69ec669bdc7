import GRDB
import QualityOnDemand

/// The table `assignment`: the devices with an assigned profile. Each device has at most one row, so at most one
/// assignment.
enum AssignmentTable {
    /// Runs when the file is created or migrated.
    static let creation = """
        CREATE TABLE assignment (
            device_key TEXT NOT NULL PRIMARY KEY,
            session BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    static func find(_ device: DeviceKey, in database: Database) throws -> SessionID? {
        var statement = try HotStatement("SELECT session FROM assignment WHERE device_key = ?", in: database)
        statement.bind(device.description)
        return try statement.next() ? statement.sessionID(0) : nil
    }

    static func insert(_ assignment: Session, in database: Database) throws {
        var statement = try HotStatement("INSERT INTO assignment VALUES (?, ?)", in: database)
        statement.bind(assignment.subject.key.description)
        statement.bind(assignment.id)
        try statement.run()
    }

    static func delete(_ assignment: Session, in database: Database) throws {
        var statement = try HotStatement("DELETE FROM assignment WHERE device_key = ? AND session = ?", in: database)
        statement.bind(assignment.subject.key.description)
        statement.bind(assignment.id)
        try statement.run()
    }
}
