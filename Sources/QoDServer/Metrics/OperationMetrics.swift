import CoreMetrics
import NIOConcurrencyHelpers

/// The metrics of one operation; its handles are resolved when the routes are made, and the first time that a status is answered.
final class OperationMetrics: Sendable {
    let name: String
    private let duration: Timer
    private let factory: any MetricsFactory
    private let byStatus = NIOLockedValueBox<[Int: Counter]>([:])

    /// The metrics system must have been set up by then.
    init(_ name: String) {
        self.name = name
        factory = MetricsSystem.factory
        duration = Timer(label: PlatformMetric.requestDuration.rawValue, dimensions: [("operation", name)], factory: factory)
    }

    func record(status: Int, nanoseconds: Int64) {
        counter(status).increment()
        duration.recordNanoseconds(nanoseconds)
    }

    private func counter(_ status: Int) -> Counter {
        byStatus.withLockedValue { counters in
            if let known = counters[status] { return known }
            let made = Counter(
                label: PlatformMetric.requests.rawValue, dimensions: [("operation", name), ("status", "\(status)")], factory: factory)
            counters[status] = made
            return made
        }
    }
}
