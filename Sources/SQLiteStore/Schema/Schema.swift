import GRDB

/// The tables, and how they came to be: one migration for each version that was ever released.
///
/// - `session`: clustered by id, and ids follow time, so that new rows are appended however many there are.
///   The index `session_device` lists those of a device, by owner.
/// - `flow`: an entry for each address or subnet of each session that keeps others off its flow; finds conflicts.
/// - `assignment`: which device has a profile assigned to it.
/// - `event`: in the order in which events are stored, so that new ones are appended whichever session they are of; those of a
///   session are found by the index `event_session`, those with somewhere to go by `event_outbox`; `event_pending` counts
///   those that have not arrived.
/// - `sink_host`: where due events go, see `DeliveryTable`.
/// - `idempotency`: which request made which session.
/// - `api_key`: who may come in; a digest of each key, never a key.
/// - `run`, `trial`: how the last process ended and which sessions it was trying, see `RunTable`.
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

    /// Why the network refused or ended a session; an event outlives its session, so both keep it.
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
