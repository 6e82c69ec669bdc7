import GRDB
import QualityOnDemand

/// The table `placement`: what the networks of sites that a device has left still hold for its sessions. The placement
/// at a session's own site is in the session's row, because nearly every session has that one only.
enum PlacementTable {
    static let creation = """
        ALTER TABLE session ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE session ADD COLUMN applied INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN placement INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN handle TEXT;
        ALTER TABLE session ADD COLUMN former INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN site TEXT;
        ALTER TABLE session ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;

        CREATE INDEX session_handle ON session (handle) WHERE handle IS NOT NULL;

        CREATE TABLE placement (
            session BLOB NOT NULL,
            site TEXT NOT NULL,
            generation INTEGER NOT NULL,
            handle TEXT,
            status INTEGER NOT NULL,
            PRIMARY KEY (session, site)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE counter (
            name TEXT NOT NULL PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    static func find(_ session: SessionID, in database: Database) throws -> [Placement] {
        var statement = try HotStatement(
            "SELECT site, generation, handle, status FROM placement WHERE session = ? ORDER BY site", in: database)
        statement.bind(session)
        var placements: [Placement] = []
        while try statement.next() {
            placements.append(
                Placement(
                    site: SiteName(stored: statement.text(0)), generation: statement.integer(1),
                    handle: statement.optionalText(2).map(NetworkHandle.init),
                    status: Placement.Status(rawValue: Int(statement.integer(3))) ?? .unknown))
        }
        return placements
    }

    /// Makes the stored former placements of a session those of the value.
    static func update(_ session: Session, in database: Database) throws {
        try delete(session.id, in: database)
        for placement in session.formerPlacements {
            var statement = try HotStatement("INSERT INTO placement VALUES (?, ?, ?, ?, ?)", in: database)
            statement.bind(session.id)
            statement.bind(placement.site.description)
            statement.bind(placement.generation)
            statement.bind(placement.handle?.description)
            statement.bind(placement.status.rawValue)
            try statement.run()
        }
    }

    static func delete(_ session: SessionID, in database: Database) throws {
        var statement = try HotStatement("DELETE FROM placement WHERE session = ?", in: database)
        statement.bind(session)
        try statement.run()
    }
}
