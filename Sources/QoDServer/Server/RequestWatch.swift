import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand

/// The facts about a request that the server learns on its way, for metrics and logs.
struct RequestNotes: Sendable {
    var operation: OperationMetrics?
    var client: ClientID?
    /// The answer that the request's test number stands for.
    var answer: SandboxAnswer?
    /// The request's place among the requests under way, once the request has one.
    var place: Shares.Place?
}

/// Counts each request and logs it in one line.
struct RequestWatch: Sendable {
    private let logger: Logger
    /// Requests without a route; all share one name, because anybody can make up paths.
    private let unknown = OperationMetrics("unknown")

    init(logger: Logger) {
        self.logger = logger
    }

    func finished(_ notes: RequestNotes, status: Int, since start: NIODeadline, correlator: String) {
        let nanoseconds = (NIODeadline.now() - start).nanoseconds
        let operation = notes.operation ?? unknown
        operation.record(status: status, nanoseconds: nanoseconds)
        // The log has nothing of the body or the path, because both may name devices; the operation's name is enough.
        logger.log(
            level: Self.isOfMachinery(operation.name) ? .debug : .info, "Request",
            metadata: [
                "x-correlator": "\(correlator)", "client": "\(notes.client?.description ?? "-")", "operation": "\(operation.name)",
                "status": .stringConvertible(status), "ms": .stringConvertible(Double(nanoseconds / 1000) / 1000),
            ])
    }

    /// Whether the requests come from monitoring, every few seconds.
    private static func isOfMachinery(_ operation: String) -> Bool {
        operation == "metrics" || operation == "health"
    }
}
