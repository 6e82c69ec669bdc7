import Metrics

/// What all sessions together have sent, for operators; that of one is told to its owner (``SessionEngine/SessionTraffic``).
struct TrafficMetrics: Sendable {
    private let counters: [Direction: (bytes: Counter, packets: Counter, dropped: Counter)]

    private let silent = Counter(label: "nac_silent_sessions_total")

    /// The metrics system must have been set up by then.
    init() {
        counters = Dictionary(uniqueKeysWithValues: Direction.allCases.map { direction in
            let labels = [("direction", "\(direction)")]
            return (
                direction,
                (
                    Counter(label: "nac_session_traffic_bytes_total", dimensions: labels),
                    Counter(label: "nac_session_traffic_packets_total", dimensions: labels),
                    Counter(label: "nac_session_traffic_dropped_packets_total", dimensions: labels)
                )
            )
        })
    }

    /// A session whose class has seen nothing although its device sends.
    func addSilentSession() { silent.increment() }

    func add(_ counts: [Direction: TrafficCount]) {
        for (direction, count) in counts {
            counters[direction]?.bytes.increment(by: Int64(clamping: count.bytes))
            counters[direction]?.packets.increment(by: Int64(clamping: count.packets))
            counters[direction]?.dropped.increment(by: Int64(clamping: count.dropped))
        }
    }
}
