public import CoreMetrics
import NIOConcurrencyHelpers

/// Keeps metrics and writes them in Prometheus' text format.
///
/// The code that counts resolves a handle once and keeps it. A handle is a series, and each use costs one atomic
/// operation or one separate lock. Handles for the same name and labels are the same series. The number of series is
/// bounded; values of a series above the bound count only in `nac_metrics_dropped_series_total`.
public final class PrometheusRegistry: MetricsFactory {
    /// A name with all its series.
    struct Family: Sendable {
        let kind: SeriesKind
        var series: [SeriesLabels: any Series] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var count = 0
        var dropped = 0
    }

    private let state = NIOLockedValueBox(State())
    private let maximumSeries: Int
    private let catalogue: [String: MetricDescription]

    /// The content type of ``exposition()``.
    public static let contentType = ExpositionWriter.contentType

    /// - Parameter maximumSeries: the most series; a histogram is one series.
    public convenience init(maximumSeries: Int = 2000) {
        self.init(maximumSeries: maximumSeries, catalogue: PlatformMetric.catalogue)
    }

    init(maximumSeries: Int, catalogue: [String: MetricDescription]) {
        self.maximumSeries = maximumSeries
        self.catalogue = catalogue
    }

    /// All current values, in Prometheus' text format 0.0.4, always in the same order.
    public func exposition() -> [UInt8] {
        let (families, dropped) = state.withLockedValue { ($0.families, $0.dropped) }
        var text = ExpositionWriter()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.begin(name, family.kind, help: catalogue[name]?.help)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(name, labels, to: &text) }
        }
        let own = PlatformMetric.droppedSeries
        text.begin(own.rawValue, .counter, help: own.help)
        text.sample(own.rawValue, SeriesLabels([]), Int64(dropped))
        return text.bytes
    }

    /// The series of that name and those labels. The method makes a missing series; it returns `nil` over the bound.
    private func series<Wanted: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: SeriesKind, _ make: (MetricDescription?) -> Wanted
    ) -> Wanted? {
        let name = MetricName.valid(label)
        let labels = SeriesLabels(dimensions)
        let description = catalogue[name]
        return state.withLockedValue { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let known = family.series[labels] as? Wanted, family.kind == kind { return known }
            guard family.kind == kind, state.count < maximumSeries else {
                state.dropped += 1
                return nil
            }
            let made = make(description)
            family.series[labels] = made
            state.families[name] = family
            state.count += 1
            return made
        }
    }
}

extension PrometheusRegistry {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { _ in FloatingPointCounterSeries() } ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    /// A histogram; a gauge with the last value if `aggregate` is false.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance }
        return series(label, dimensions, .histogram) { HistogramSeries(bounds: $0?.bounds ?? HistogramSeries.counts) } ?? NOOPMetricsHandler.instance
    }

    /// A histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: $0?.bounds ?? HistogramSeries.seconds) } ?? NOOPMetricsHandler.instance
    }

    // A series lives as long as the process, because a counter must not go back to zero.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
