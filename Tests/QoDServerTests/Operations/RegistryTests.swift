import CoreMetrics
import Testing

@testable import Operations
@testable import QoDServer

@Suite("The registry of metrics")
struct RegistryTests {
    private func exposition(_ registry: PrometheusRegistry) throws -> Exposition {
        try Exposition(String(decoding: registry.exposition(), as: UTF8.self))
    }

    @Test("shows counters and gauges with their labels, whatever is in those")
    func values() throws {
        let registry = PrometheusRegistry()
        let odd = "a \"quoted\" back\\slash\nand {more},x=\"1\" ünï"
        Counter(label: "tries_total", dimensions: [("who", odd), ("how", "b")], factory: registry).increment(by: 3)
        Counter(label: "tries_total", dimensions: [("how", "b"), ("who", odd)], factory: registry).increment()
        Meter(label: "depth", factory: registry).set(-2.5)
        Gauge(label: "level", factory: registry).record(7)
        let unread = Meter(label: "unread", factory: registry)
        unread.set(Double.nan)
        FloatingPointCounter(label: "litres_total", factory: registry).increment(by: 0.25)
        let shown = try exposition(registry)
        #expect(shown["tries_total", ["who": odd, "how": "b"]] == 4, "the order of labels does not matter")
        #expect(shown["depth"] == -2.5 && shown["level"] == 7 && shown["litres_total"] == 0.25)
        #expect(shown["unread"]?.isNaN == true)
        #expect(shown.types == [
            "tries_total": "counter", "depth": "gauge", "level": "gauge", "unread": "gauge", "litres_total": "counter",
            "nac_metrics_dropped_series_total": "counter",
        ])
        #expect(shown["nac_metrics_dropped_series_total"] == 0)
    }

    @Test("shows histograms with cumulative ranges, the sum and the count")
    func histograms() throws {
        let registry = PrometheusRegistry()
        let timer = Timer(label: "wait_seconds", dimensions: [("of", "x")], factory: registry)
        for milliseconds in [0, 1, 2, 30, 400, 20_000] { timer.recordMilliseconds(milliseconds) }
        let recorder = Recorder(label: "size", factory: registry)
        for size in [1, 1, 2, 3, 5000] { recorder.record(size) }
        let shown = try exposition(registry)
        let bounds = HistogramSeries.seconds.map(ExpositionWriter.number) + ["+Inf"]
        let counts = bounds.map { shown["wait_seconds_bucket", ["of": "x", "le": $0]] }
        #expect(counts == [1, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5, 6])
        #expect(shown["wait_seconds_count", ["of": "x"]] == 6)
        let sum = try #require(shown["wait_seconds_sum", ["of": "x"]])
        #expect(abs(sum - 20.433) < 1e-9)
        #expect(shown["size_bucket", ["le": "1"]] == 2 && shown["size_bucket", ["le": "2"]] == 3 && shown["size_bucket", ["le": "4"]] == 4)
        #expect(shown["size_bucket", ["le": "1024"]] == 4 && shown["size_bucket", ["le": "+Inf"]] == 5 && shown["size_sum"] == 5007)
        #expect(shown.types["size"] == "histogram" && shown.types["wait_seconds"] == "histogram")
    }

    @Test("counts ten thousand times from many tasks and misses none")
    func concurrency() async throws {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let counter = Counter(label: "hits_total", dimensions: [("a", "b")], factory: registry)
                    let timer = Timer(label: "hit_seconds", factory: registry)
                    let meter = Meter(label: "open", factory: registry)
                    for _ in 0..<500 {
                        counter.increment()
                        timer.recordNanoseconds(1_000_000_000)
                        meter.increment()
                    }
                }
            }
        }
        let shown = try exposition(registry)
        #expect(shown["hits_total", ["a": "b"]] == 10_000 && shown["open"] == 10_000)
        #expect(shown["hit_seconds_count"] == 10_000 && shown["hit_seconds_sum"] == 10_000)
    }

    @Test("keeps no more series than it may, and says how many it left out")
    func bound() throws {
        let registry = PrometheusRegistry(maximumSeries: 10)
        for number in 0..<15 { Counter(label: "made_up_total", dimensions: [("n", "\(number)")], factory: registry).increment() }
        Counter(label: "made_up_total", dimensions: [("n", "3")], factory: registry).increment()
        let shown = try exposition(registry)
        #expect(shown.values.keys.filter { $0.name == "made_up_total" }.count == 10)
        #expect(shown["made_up_total", ["n": "3"]] == 2, "those that are known go on")
        #expect(shown["nac_metrics_dropped_series_total"] == 5)
        // Two metrics of different types with the same name would make the text invalid.
        let other = PrometheusRegistry()
        Counter(label: "x", factory: other).increment()
        Meter(label: "x", dimensions: [("a", "b")], factory: other).set(1)
        Timer(label: "x", factory: other).recordSeconds(1)
        #expect(try exposition(other).types["x"] == "counter")
        #expect(try exposition(other)["nac_metrics_dropped_series_total"] == 2)
    }

    @Test("makes names that Prometheus takes, and always shows them in the same order")
    func names() throws {
        let registry = PrometheusRegistry()
        for label in ["b.two-parts", "9lives", "", "a:ok", "z"] { Counter(label: label, dimensions: [("dotted.name", "v"), ("x:y", "w")], factory: registry).increment() }
        for value in ["2", "10", "1"] { Counter(label: "order_total", dimensions: [("v", value)], factory: registry).increment() }
        let shown = try exposition(registry)
        #expect(shown["b_two_parts", ["dotted_name": "v", "x_y": "w"]] == 1)
        #expect(shown["_9lives", ["dotted_name": "v", "x_y": "w"]] == 1 && shown["a:ok", ["dotted_name": "v", "x_y": "w"]] == 1)
        #expect(shown.order.filter { $0.name == "order_total" }.compactMap { $0.labels["v"] } == ["1", "10", "2"])
        #expect(shown.order.map(\.name) == shown.order.map(\.name).sorted { ($0 == "nac_metrics_dropped_series_total" ? 1 : 0, $0) < ($1 == "nac_metrics_dropped_series_total" ? 1 : 0, $1) })
        #expect(registry.exposition() == registry.exposition())
    }
}
