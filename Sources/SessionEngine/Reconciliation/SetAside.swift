import Metrics

/// Why a session was set aside.
enum SetAsideCause: String, CaseIterable {
    /// The network failed on the session again and again while it programmed other sessions.
    case failures
    /// The process ended again and again during a call of the network for the session.
    case process
    /// The session's row cannot be read.
    case unreadable
}

/// Counts sessions that were set aside.
struct SetAsideCounters: Sendable {
    private let counters: [SetAsideCause: Counter]

    /// The metrics system must be set up before this call.
    init() {
        counters = Dictionary(uniqueKeysWithValues: SetAsideCause.allCases.map {
            ($0, Counter(label: "nac_sessions_set_aside_total", dimensions: [("cause", $0.rawValue)]))
        })
    }

    func count(_ cause: SetAsideCause) {
        counters[cause]?.increment()
    }
}
