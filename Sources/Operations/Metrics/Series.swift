import Atomics
import CoreMetrics
import NIOConcurrencyHelpers

/// The kind of a metric, in Prometheus' terms.
enum SeriesKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// One series: a name with a fixed set of labels.
protocol Series: AnyObject, Sendable {
    func write(_ name: String, _ labels: SeriesLabels, to text: inout ExpositionWriter)
}

final class CounterSeries: Series, CounterHandler {
    private let value = ManagedAtomic<Int64>(0)

    func increment(by amount: Int64) {
        // Prometheus would read a decrease as a restart of the counter.
        guard amount > 0 else { return }
        value.wrappingIncrement(by: amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func write(_ name: String, _ labels: SeriesLabels, to text: inout ExpositionWriter) {
        text.sample(name, labels, value.load(ordering: .relaxed))
    }
}

final class FloatingPointCounterSeries: Series, FloatingPointCounterHandler {
    private let value = NIOLockedValueBox(0.0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        value.withLockedValue { $0 += amount }
    }

    func reset() {
        value.withLockedValue { $0 = 0 }
    }

    func write(_ name: String, _ labels: SeriesLabels, to text: inout ExpositionWriter) {
        text.sample(name, labels, value.withLockedValue { $0 })
    }
}

final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let value = NIOLockedValueBox(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLockedValue { $0 = value } }
    func increment(by amount: Double) { value.withLockedValue { $0 += amount } }
    func decrement(by amount: Double) { value.withLockedValue { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(_ name: String, _ labels: SeriesLabels, to text: inout ExpositionWriter) {
        text.sample(name, labels, value.withLockedValue { $0 })
    }
}

/// The number of values in each of some fixed ranges.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    /// From half a millisecond to ten seconds.
    static let seconds: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    static let counts: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    private struct State {
        /// One count for each bound, not cumulative; the last count is for the values above all bounds.
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: NIOLockedValueBox<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = NIOLockedValueBox(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLockedValue { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(_ name: String, _ labels: SeriesLabels, to text: inout ExpositionWriter) {
        let state = state.withLockedValue { $0 }
        var count = 0
        for (bound, inside) in zip(bounds + [.infinity], state.counts) {
            count += inside
            text.sample("\(name)_bucket", labels, Int64(count), bound: bound)
        }
        text.sample("\(name)_sum", labels, state.sum)
        text.sample("\(name)_count", labels, Int64(count))
    }
}
