public import QualityOnDemand
public import SessionEngine

/// Figures for the operator of the store.
extension SQLiteStore: StoreStatistics {
    public func sessionCounts(after id: SessionID?, limit: Int) async throws(StoreError) -> SessionCounts {
        try await reader.run { try SessionTable.counts(after: id, limit: limit, in: $0) }
    }

    public func outbox(limit: Int) async throws(StoreError) -> OutboxFigures {
        try await reader.run { try DeliveryTable.figures(limit: limit, in: $0) }
    }

    public var resources: [StoreResource] {
        [reader.running(as: "store_readers"), reader.waiting(as: "store_reads"), writer.waiting(as: "store_writes")]
    }
}
