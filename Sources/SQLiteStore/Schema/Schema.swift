import GRDB

/// The tables and their history: one migration for each released change.
///
/// - `session`: clustered by id. Ids follow time, so that new rows are appended however many there are. The index
///   `session_device` lists the sessions of a device, by owner.
/// - `flow`: an entry for each address or subnet of each session that blocks its flow; finds conflicts.
/// - `assignment`: the devices with an assigned profile.
/// - `event`: in the order in which events are stored, so that new events of all sessions are appended. The index
///   `event_session` finds the events of a session, and `event_due` the events that are due to a host. `event_pending`
///   counts the events that have not arrived.
/// - `sink_host`: the hosts of due events, see `DeliveryTable`.
/// - `idempotency`: each idempotency key with the session of its request.
/// - `api_key`: the clients with access; a digest of each key, never a key.
/// - `placement`: what the networks of sites that a device has left still hold, see `PlacementTable`. The index
///   `session_handle` finds a session by the name that its network gave it.
/// - `counter`: the next rank of a session, see `RankCounter`.
/// - `run`, `trial`: how the last process ended and the sessions that it was trying, see `RunTable`.
///
/// Times are integers, milliseconds since the Unix epoch.
enum Schema {
    /// Marks the file as ours ("nacQ").
    static let applicationID: Int32 = 0x6e61_6351

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { database in
            try database.execute(sql: version1)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        migrator.registerMigration("assignments") { try $0.execute(sql: AssignmentTable.creation) }
        migrator.registerMigration("api-keys") { try $0.execute(sql: apiKeys) }
        migrator.registerMigration("deliveries") { try $0.execute(sql: DeliveryTable.creation) }
        migrator.registerMigration("pending-events") { try $0.execute(sql: DeliveryTable.pendingIndex) }
        migrator.registerMigration("events-in-order") { try $0.execute(sql: EventTable.inOrder) }
        migrator.registerMigration("sessions-by-device") { try $0.execute(sql: SessionTable.deviceIndex) }
        migrator.registerMigration("refusal-reason") { try $0.execute(sql: refusalReason) }
        migrator.registerMigration("runs") { try $0.execute(sql: RunTable.creation) }
        migrator.registerMigration("placements") { try $0.execute(sql: PlacementTable.creation) }
        migrator.registerMigration("key-sites") { try $0.execute(sql: "ALTER TABLE api_key ADD COLUMN sites TEXT") }
        // The table itself is in the order of the sequence since the migration `events-in-order`.
        migrator.registerMigration("no-outbox-index") { try $0.execute(sql: "DROP INDEX event_outbox") }
        return migrator
    }

    private static let version1 = """
        CREATE TABLE session (
            id BLOB NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL,
            device_key TEXT NOT NULL,
            phone_number TEXT,
            network_access_identifier TEXT,
            public_ipv4 INTEGER,
            private_ipv4 INTEGER,
            public_port INTEGER,
            ipv6 TEXT,
            identified_by INTEGER NOT NULL,
            network_ipv4 INTEGER,
            network_ipv6 BLOB,
            server_form INTEGER NOT NULL,
            servers TEXT NOT NULL,
            server_ports TEXT,
            device_ports TEXT,
            profile TEXT NOT NULL,
            sink TEXT,
            sink_token TEXT,
            sink_token_expires_at INTEGER,
            dialect INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            status INTEGER NOT NULL,
            status_info INTEGER,
            started_at INTEGER,
            ends_at INTEGER NOT NULL,
            readable_until INTEGER,
            in_network INTEGER NOT NULL,
            deadline INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX session_deadline ON session (deadline) WHERE deadline IS NOT NULL;

        CREATE TABLE flow (
            device_key TEXT NOT NULL,
            kind INTEGER NOT NULL,
            low BLOB NOT NULL,
            session BLOB NOT NULL,
            prefix_length INTEGER NOT NULL,
            server_ports TEXT,
            device_ports TEXT,
            PRIMARY KEY (device_key, kind, low, session)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE event (
            session BLOB NOT NULL,
            sequence INTEGER NOT NULL,
            id BLOB NOT NULL,
            status INTEGER NOT NULL,
            status_info INTEGER,
            time INTEGER NOT NULL,
            sink TEXT,
            sink_token TEXT,
            sink_token_expires_at INTEGER,
            PRIMARY KEY (session, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX event_outbox ON event (sequence) WHERE sink IS NOT NULL;

        CREATE TABLE idempotency (
            owner TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL,
            session BLOB NOT NULL,
            used_at INTEGER NOT NULL,
            PRIMARY KEY (owner, key)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX idempotency_age ON idempotency (used_at);
        """

    /// Why the network refused or ended a session. An event outlives its session, so both tables have the reason.
    private static let refusalReason = """
        ALTER TABLE session ADD COLUMN reason TEXT;
        ALTER TABLE event ADD COLUMN reason TEXT;
        """

    private static let apiKeys = """
        CREATE TABLE api_key (
            id BLOB NOT NULL PRIMARY KEY,
            digest BLOB NOT NULL UNIQUE,
            client TEXT NOT NULL,
            label TEXT,
            scopes TEXT,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            revoked_at INTEGER
        ) STRICT, WITHOUT ROWID;
        """
}
