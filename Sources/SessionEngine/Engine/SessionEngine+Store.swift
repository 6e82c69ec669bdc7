import Logging
import Metrics
import QualityOnDemand
import Southbound

/// Checks and maintains the store.
extension SessionEngine {
    /// Checks the store every second, and logs the changes of its state.
    func runStoreChecks() async throws {
        let unreadable = Counter(label: "nac_events_unreadable_total")
        var last: StoreError?
        var warned: Set<StoreWarning.Kind> = []
        while true {
            var failure: StoreError?
            do { try await store.check() } catch { failure = error }
            if let failure, failure.code != last?.code {
                logger.error("The store does not work", metadata: ["error": "\(failure)"])
            } else if failure == nil, last != nil {
                logger.notice("The store works again")
            }
            last = failure
            warned = tell(store.warnings(), after: warned)
            for event in store.takeUnreadableEvents() {
                unreadable.increment()
                logger.error(
                    "An event is left out: its row holds what no version has written. Repair or delete the row",
                    metadata: ["sequence": "\(event.sequence)", "session": "\(event.session)"])
            }
            try await clock.sleep(for: .seconds(1))
        }
    }

    /// Logs the warnings that are new and the warnings that have ended.
    ///
    /// - Returns: the kinds of the current warnings.
    private func tell(_ warnings: [StoreWarning], after former: Set<StoreWarning.Kind>) -> Set<StoreWarning.Kind> {
        let kinds = Set(warnings.map(\.kind))
        for warning in warnings where !former.contains(warning.kind) {
            logger.warning("The store needs attention", metadata: ["kind": "\(warning.kind)", "warning": "\(warning.message)"])
        }
        for kind in former.subtracting(kinds) {
            logger.notice("The store needs no attention any more", metadata: ["kind": "\(kind)"])
        }
        return kinds
    }

    /// Removes events and idempotency keys that no client needs any more, a few at a time.
    func runForgetting() async throws {
        // An hour longer than the retention, so that the last attempt to deliver an event comes before its removal.
        let retention = configuration.retention.wholeMilliseconds + 3_600_000
        let counter = Counter(label: "nac_deliveries_total", dimensions: [("outcome", "overflow")])
        while true {
            var isMore = false
            do {
                if leases.holds(.housekeeping) {
                    let before = clock.now.adding(milliseconds: -retention)
                    isMore = try await trimEvents(counter)
                    isMore = try await store.forget(before: before, limit: Self.slice, under: leases.fence(of: .housekeeping)) >= Self.slice || isMore
                }
            } catch {
                logger.warning("Old events could not be removed", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: isMore ? .milliseconds(100) : .seconds(60))
        }
    }

    /// How many events are removed in one transaction.
    private static let slice = 1000

    /// - Returns: whether there is more to remove.
    private func trimEvents(_ counter: Counter) async throws(StoreError) -> Bool {
        let now = clock.now
        let before = now.adding(milliseconds: -configuration.retentionWithoutSink.wholeMilliseconds)
        let bounds = EventBounds(withoutSinkBefore: before, most: configuration.eventCapacity, now: now)
        let trim = try await store.trimEvents(bounds, limit: Self.slice, under: leases.fence(of: .housekeeping))
        if trim.givenUp > 0 {
            counter.increment(by: trim.givenUp)
            logger.error("Notifications are given up, as more events wait than are kept", metadata: [
                "notifications": "\(trim.givenUp)", "stored": "\(trim.stored)", "most": "\(bounds.most)",
            ])
        }
        return trim.isMore
    }
}
