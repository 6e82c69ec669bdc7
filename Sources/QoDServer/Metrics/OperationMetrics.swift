import CoreMetrics
import NIOConcurrencyHelpers
import Operations

/// The metrics of one operation. The route's creation resolves the timer; the first answer with a status resolves the
/// counter of that status.
final class OperationMetrics: Sendable {
    let name: String
    private let duration: Timer
    private let factory: any MetricsFactory
    private let byStatus = NIOLockedValueBox<[Int: Counter]>([:])

    /// Set up the metrics system before this call.
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
