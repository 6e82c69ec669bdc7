import Metrics

/// Why a session was set aside.
enum SetAsideCause: String, CaseIterable {
    /// The network failed on it again and again while it served others.
    case failures
    /// The process ended again and again while the network was asked for it.
    case process
    /// Its row cannot be read.
    case unreadable
}

/// Counts sessions that were set aside.
struct SetAsideCounters: Sendable {
    private let counters: [SetAsideCause: Counter]

    /// The metrics system must have been set up by then.
    init() {
        counters = Dictionary(uniqueKeysWithValues: SetAsideCause.allCases.map {
            ($0, Counter(label: "nac_sessions_set_aside_total", dimensions: [("cause", $0.rawValue)]))
        })
    }

    func count(_ cause: SetAsideCause) {
        counters[cause]?.increment()
    }
}
