import Testing

/// The outcome of one measurement of a promise. The machine may be busy with other work.
enum Attempt: Sendable {
    /// The promise was kept.
    case kept
    /// The promise was broken although the machine carried the load.
    case broken(String)
    /// The machine did not carry the load, so the attempt proves nothing.
    case notCarried(String)

    /// Measures until an attempt keeps the promise, at most three times.
    ///
    /// A fault of the product breaks the promise each time. Other work on the machine breaks the promise by chance,
    /// and the machine's own figures show this cause. If no attempt was carried, the test is skipped with the reason.
    ///
    /// - Parameter measure: Measures once. It must throw only errors that a repetition cannot remove.
    static func untilKept(_ measure: () async throws -> Attempt) async throws {
        var reasons: [String] = []
        var isBroken = false
        for number in 1...3 {
            switch try await measure() {
            case .kept: return
            case .broken(let reason):
                isBroken = true
                reasons.append("broken in attempt \(number): \(reason)")
            case .notCarried(let reason):
                reasons.append("attempt \(number) was not carried by the machine: \(reason)")
            }
            print("attempts: \(reasons.last!)")
        }
        let text = reasons.joined(separator: "; ")
        guard isBroken else { try Test.cancel("the machine is too busy to measure: \(text)") }
        Issue.record("\(text)")
    }
}
