public import QualityOnDemand
public import SessionEngine

/// Shorter calls for tests.
extension SessionStore {
    /// How many sessions and assignments there are. Reads all of them.
    public func count() async throws(StoreError) -> Int {
        var (count, last): (Int, SessionID?) = (0, nil)
        while true {
            let page = try await sessions(after: last, limit: 1000)
            count += page.count
            guard page.count == 1000 else { return count }
            last = page.last?.id
        }
    }

    public func forget(before time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await forget(before: time, limit: limit, under: nil)
    }

    public func trimEvents(_ bounds: EventBounds, limit: Int) async throws(StoreError) -> EventTrim {
        try await trimEvents(bounds, limit: limit, under: nil)
    }
}
