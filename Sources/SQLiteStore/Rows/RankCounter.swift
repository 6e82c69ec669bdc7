import GRDB
import NIOConcurrencyHelpers

/// The ranks of sessions, in the order of their creation. For the writer's transactions only, which run one at a time.
///
/// Ranks are reserved in blocks, so that a creation writes no row for its rank. A rank that a rollback or a crash
/// leaves unused stays unused.
struct RankCounter: Sendable {
    private struct State {
        var next: Int64 = 0
        var end: Int64 = 0
    }

    private let state = NIOLockedValueBox(State())
    private static let block: Int64 = 100_000

    /// The next rank. A transaction that reserves a block may be undone, so the block is reserved again then.
    func next(in database: Database) throws -> Int64 {
        let known = state.withLockedValue { state -> Int64? in
            guard state.next < state.end else { return nil }
            defer { state.next += 1 }
            return state.next
        }
        if let known { return known }
        let first = try Int64.fetchOne(
            database,
            sql: """
                INSERT INTO counter (name, value) VALUES ('rank', 1 + \(Self.block)) \
                ON CONFLICT (name) DO UPDATE SET value = value + \(Self.block) RETURNING value - \(Self.block)
                """) ?? 1
        state.withLockedValue { $0 = State(next: first + 1, end: first + Self.block) }
        return first
    }

    /// Forgets the reserved block, which the database may not have after a rollback.
    func reset() {
        state.withLockedValue { $0 = State() }
    }
}
