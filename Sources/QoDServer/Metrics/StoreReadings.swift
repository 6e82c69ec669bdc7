import CoreMetrics
import Logging
import NIOConcurrencyHelpers
import Operations
import QualityOnDemand
import SessionEngine
import Southbound

/// Gauges that a request for metrics reads.
///
/// A reading that costs the store time is repeated only after a pause: 5 s for the outbox, 15 s for the sessions.
/// Sessions are counted in pages, so that other reads can run in between. The pause after a count is also at least
/// twenty times as long as the count. For any number of sessions and requests, the counts therefore take at most a
/// twentieth of the reader's time.
final class StoreReadings: Sendable {
    private struct State {
        var isReading = false
        var nextCount: Duration?
        var nextOutbox: Duration?
    }

    private let statistics: any StoreStatistics
    private let engine: SessionEngine
    private let clock: any EngineClock
    private let logger: Logger
    private let state = NIOLockedValueBox(State())
    private let sessions: [(site: SiteName, status: QoSStatus, meter: Meter)]
    private let workQueue: Meter
    private let networksInOrder: [(site: SiteName, meter: Meter)]
    private let pendingEvents: Meter
    private let oldestEvent: Meter
    private let pageSize = 5000
    private let mostEvents = 1_000_000

    /// - Parameter clock: decides whether figures are too old.
    init(_ access: MetricsAccess, engine: SessionEngine, clock: any EngineClock, logger: Logger) {
        let factory = access.registry
        let networks = access.networks.sorted { $0.key < $1.key }
        statistics = access.statistics
        self.engine = engine
        self.clock = clock
        self.logger = logger
        sessions = networks.flatMap { site, network in
            QoSStatus.allCases.map { status in
                let dimensions = [("status", status.rawValue), ("network", network), ("site", site.description)]
                return (site, status, Meter(label: PlatformMetric.sessions.rawValue, dimensions: dimensions, factory: factory))
            }
        }
        workQueue = Meter(label: PlatformMetric.workQueue.rawValue, factory: factory)
        networksInOrder = networks.map { site, network in
            let dimensions = [("network", network), ("site", site.description)]
            return (site, Meter(label: PlatformMetric.networkInOrder.rawValue, dimensions: dimensions, factory: factory))
        }
        pendingEvents = Meter(label: PlatformMetric.pendingEvents.rawValue, factory: factory)
        oldestEvent = Meter(label: PlatformMetric.oldestEvent.rawValue, factory: factory)
    }

    /// Updates the gauges; if another caller is doing so already, they stay unchanged.
    func refresh() async {
        workQueue.set(engine.workQueueDepth)
        for (site, meter) in networksInOrder { meter.set(engine.isNetworkInOrder(site) ? 1 : 0) }
        let isFree = state.withLockedValue { state in
            defer { state.isReading = true }
            return !state.isReading
        }
        guard isFree else { return }
        let start = clock.uptime
        let (outbox, count) = state.withLockedValue { (($0.nextOutbox ?? start) <= start, ($0.nextCount ?? start) <= start) }
        if outbox { await readOutbox() }
        if count { await countSessions() }
        state.withLockedValue { state in
            state.isReading = false
            if outbox { state.nextOutbox = start + .seconds(5) }
            if count { state.nextCount = start + max(.seconds(15), (clock.uptime - start) * 20) }
        }
    }

    private func readOutbox() async {
        do {
            let outbox = try await statistics.outbox(limit: mostEvents)
            pendingEvents.set(outbox.pending)
            let age = outbox.oldest.map { engine.now.milliseconds - $0.milliseconds } ?? 0
            oldestEvent.set(Double(max(age, 0)) / 1000)
        } catch {
            logger.warning("The outbox could not be read for metrics", metadata: ["error": "\(error)"])
            // A gap is honest; the last value would look like a fresh one.
            pendingEvents.set(Double.nan)
            oldestEvent.set(Double.nan)
        }
    }

    private func countSessions() async {
        var counts: [SiteName: [QoSStatus: Int]] = [:]
        var last: SessionID?
        do {
            repeat {
                let page = try await statistics.sessionCounts(after: last, limit: pageSize)
                counts.merge(page.bySite) { $0.merging($1, uniquingKeysWith: +) }
                last = page.last
            } while last != nil
            for (site, status, meter) in sessions { meter.set(counts[site]?[status] ?? 0) }
        } catch {
            logger.warning("Sessions could not be counted for metrics", metadata: ["error": "\(error)"])
            for (_, _, meter) in sessions { meter.set(Double.nan) }
        }
    }
}
