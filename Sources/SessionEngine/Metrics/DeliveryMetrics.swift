import Metrics

/// Counts the outcomes of delivery attempts.
///
/// The labels are the words of ``DeliveryProblem/word``. Statuses are grouped by hundreds, because a sink can answer
/// any number.
struct DeliveryMetrics: Sendable {
    private let counters: [String: Counter]

    /// The metrics system must be set up before this call.
    init() {
        let problems: [DeliveryProblem] = [
            .unknownHost, .addressNotAllowed, .sinkNotAllowed, .unreachable, .timeout, .tls, .proxy, .closed, .badAnswer, .gone, .tokenExpired, .noToken,
            .overdue,
        ]
        let statuses = (1...5).map { "status-\($0)xx" } + ["status-other"]
        counters = Dictionary(uniqueKeysWithValues: (["delivered"] + problems.map(\.word) + statuses).map {
            ($0, Counter(label: "nac_deliveries_total", dimensions: [("outcome", $0)]))
        })
    }

    func count(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .delivered: counters["delivered"]?.increment()
        case .retry(let problem, after: _), .stop(let problem): count(problem)
        }
    }

    func count(_ problem: DeliveryProblem) {
        counters[Self.label(problem)]?.increment()
    }

    private static func label(_ problem: DeliveryProblem) -> String {
        guard case .status(let code) = problem else { return problem.word }
        return (100...599).contains(code) ? "status-\(code / 100)xx" : "status-other"
    }
}
