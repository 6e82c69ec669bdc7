import Metrics

/// The traffic of all sessions together, for operators. The owner of a session can read the session's own traffic
/// (``SessionEngine/SessionTraffic``).
struct TrafficMetrics: Sendable {
    private let counters: [Direction: (bytes: Counter, packets: Counter, dropped: Counter)]

    private let silent = Counter(label: "nac_silent_sessions_total")

    /// The metrics system must be set up before.
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

    /// Counts a session whose class has had no packet although its device sends.
    func addSilentSession() { silent.increment() }

    func add(_ counts: [Direction: TrafficCount]) {
        for (direction, count) in counts {
            counters[direction]?.bytes.increment(by: Int64(clamping: count.bytes))
            counters[direction]?.packets.increment(by: Int64(clamping: count.packets))
            counters[direction]?.dropped.increment(by: Int64(clamping: count.dropped))
        }
    }
}
