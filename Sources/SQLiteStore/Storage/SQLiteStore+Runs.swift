import GRDB
import NIOConcurrencyHelpers
public import QualityOnDemand
public import SessionEngine

/// Runs and the sessions that they try.
extension SQLiteStore {
    public func beginRun() async throws(StoreError) -> PreviousRun {
        let previous = try await writer.run { try RunTable.begin(in: $0) }
        isRunning.withLockedValue { $0 = true }
        return previous
    }

    public func settleRun() async throws(StoreError) {
        try await writer.run { try RunTable.settle(in: $0) }
    }

    public func tryOut(_ ids: [SessionID], alone: Bool, finished: [SessionID]) async throws(StoreError) {
        try await writer.run { try RunTable.tryOut(ids, alone: alone, finished: finished, in: $0) }
    }

    public func takeUnreadable() -> [SessionID] { unreadable.take() }

    public func takeUnreadableEvents() -> [UnreadableEvent] { unreadableEvents.take() }
}
