public import QualityOnDemand
public import SessionEngine

/// Bounds for stored events.
extension SQLiteStore {
    /// The number of index entries that one read counts.
    private static let page = 20_000

    public func forget(before time: Timestamp, limit: Int, under fence: Fence?) async throws(StoreError) -> Int {
        try await countEvents()
        let (events, keys) = try await writer.run { [leases] database in
            if let fence { try leases?.check(fence) }
            return (
                try EventTable.forget(before: time, limit: limit, in: database),
                try IdempotencyTable.forget(usedBefore: time, limit: limit, in: database)
            )
        }
        stock.removed(events)
        emptyLog()
        return events + keys
    }

    public func trimEvents(_ bounds: EventBounds, limit: Int, under fence: Fence?) async throws(StoreError) -> EventTrim {
        if let fence, let leases { try await writer.run { _ in try leases.check(fence) } }
        try await countEvents()
        stock.note { $0.most = bounds.most }
        var trim = EventTrim()
        try await removeUnwanted(bounds, limit: limit, &trim)
        try await removeExcess(bounds, limit: limit, &trim)
        trim.stored = stock.current.stored ?? 0
        return trim
    }

    /// Removes events without a sink. The walk passes over the events of a live session; they go with the last event
    /// of that session.
    private func removeUnwanted(_ bounds: EventBounds, limit: Int, _ trim: inout EventTrim) async throws(StoreError) {
        let place = stock.current.unwantedUpTo
        let found = try await reader.run {
            try EventTable.sessionsGone(after: place, before: bounds.withoutSinkBefore, limit: limit, in: $0)
        }
        if !found.sessions.isEmpty {
            trim.unwanted = try await writer.run { try EventTable.forget(found.sessions, in: $0) }
            stock.removed(trim.unwanted)
        }
        stock.note { $0.unwantedUpTo = found.last }
        trim.isMore = found.isMore
    }

    private func removeExcess(_ bounds: EventBounds, limit: Int, _ trim: inout EventTrim) async throws(StoreError) {
        let state = stock.current
        guard let stored = state.stored, stored > bounds.most else { return }
        let excess = min(stored - bounds.most, limit)
        let removed = try await writer.run { try EventTable.removeSettled(after: state.settledUpTo, limit: excess, in: $0) }
        trim.early = removed.count
        stock.removed(removed.count)
        trim.isMore = true
        // Events that waited when the walk passed them may be settled by now.
        stock.note { $0.settledUpTo = removed.count < excess ? 0 : removed.last }
        guard removed.count == 0, state.settledUpTo == 0 else { return }
        trim.givenUp = try await writer.run { try DeliveryTable.giveUpOldest(limit: excess, at: bounds.now, in: $0) }
        trim.isMore = trim.givenUp > 0
    }

    /// Counts the events of earlier processes, once.
    private func countEvents() async throws(StoreError) {
        guard stock.current.found == nil else { return }
        var (count, place) = (0, EventTable.Place() as EventTable.Place?)
        while let next = place {
            let page = try await reader.run { [first = stock.first] in
                try EventTable.count(after: next, upTo: first, limit: Self.page, in: $0)
            }
            count += page.count
            place = page.next
        }
        stock.found(count)
    }

    public func warnings() -> [StoreWarning] {
        var warnings: [StoreWarning] = []
        if let bytes = excessiveLog {
            warnings.append(StoreWarning(.longLog, """
                the write-ahead log has \(bytes >> 20) MiB and cannot be begun anew: something reads the database for a long time, such as \
                a backup or a sqlite3 shell with an open transaction; end it
                """))
        }
        let state = stock.current
        if let stored = state.stored, stored >= state.most / 5 * 4 {
            warnings.append(StoreWarning(.manyEvents, """
                \(stored) events are stored, and \(state.most) are kept at most; beyond that the oldest are removed before their time, and \
                notifications that do not arrive are given up; see limits.storedEvents
                """))
        }
        return warnings
    }
}
