import GRDB
import QualityOnDemand
import SessionEngine

/// The tables `run` and `trial`: how the last process over this file ended, and the sessions that it was trying then.
///
/// `run` has one row. `trial` is empty, except after a process that ended without closing the store.
enum RunTable {
    /// Runs when the file is created or migrated.
    static let creation = """
        CREATE TABLE run (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            is_open INTEGER NOT NULL,
            is_settled INTEGER NOT NULL,
            failed_starts INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE trial (
            session BLOB NOT NULL PRIMARY KEY,
            deaths_together INTEGER NOT NULL DEFAULT 0,
            deaths_alone INTEGER NOT NULL DEFAULT 0,
            step INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// The column `step` of a trial.
    private enum Step: Int {
        case idle = 0
        case together = 1
        case alone = 2
    }

    static func begin(in database: Database) throws -> PreviousRun {
        let run = try HotStatement("SELECT is_open, is_settled, failed_starts FROM run", in: database)
        var (wasOpen, failedStarts) = (false, 0)
        if try run.next() {
            wasOpen = run.integer(0) != 0
            failedStarts = wasOpen && run.integer(1) == 0 ? Int(clamping: run.integer(2)) + 1 : 0
        }
        try database.execute(sql: """
            UPDATE trial SET deaths_together = deaths_together + (step = 1), deaths_alone = deaths_alone + (step = 2), step = 0
            """)
        if !wasOpen { try forgetTrials(in: database) }
        try database.execute(
            sql: "INSERT OR REPLACE INTO run VALUES (1, 1, 0, ?)", arguments: [min(failedStarts, 1_000_000)])
        return PreviousRun(endedWell: !wasOpen, failedStarts: failedStarts, suspects: try suspects(in: database))
    }

    static func settle(in database: Database) throws {
        try database.execute(sql: "UPDATE run SET is_settled = 1, failed_starts = 0")
        try forgetTrials(in: database)
    }

    static func end(in database: Database) throws {
        try database.execute(sql: "UPDATE run SET is_open = 0, failed_starts = 0")
        try forgetTrials(in: database)
    }

    static func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID], in database: Database) throws {
        for id in finished {
            var deletion = try HotStatement("DELETE FROM trial WHERE session = ?", in: database)
            deletion.bind(id)
            try deletion.run()
        }
        for id in ids {
            var statement = try HotStatement(
                "INSERT INTO trial (session, step) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET step = excluded.step",
                in: database)
            statement.bind(id)
            statement.bind((alone ? Step.alone : .together).rawValue)
            try statement.run()
        }
    }

    private static func suspects(in database: Database) throws -> [PreviousRun.Suspect] {
        let statement = try HotStatement(
            "SELECT session, deaths_together, deaths_alone FROM trial ORDER BY deaths_alone, session", in: database)
        var suspects: [PreviousRun.Suspect] = []
        while try statement.next() {
            suspects.append(PreviousRun.Suspect(
                session: statement.sessionID(0), deathsTogether: Int(clamping: statement.integer(1)),
                deathsAlone: Int(clamping: statement.integer(2))))
        }
        return suspects
    }

    /// Keeps the suspects whose release has ended a process too.
    private static func forgetTrials(in database: Database) throws {
        try database.execute(
            sql: "DELETE FROM trial WHERE deaths_alone < ?", arguments: [PreviousRun.Suspect.deathsUntilLeftAlone])
    }
}
