import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import QualityOnDemand

/// What becomes known of a request on its way, for metrics and logs.
struct RequestNotes: Sendable {
    var operation: OperationMetrics?
    var client: ClientID?
    /// The answer that the request's test number stands for.
    var answer: SandboxAnswer?
    /// Its place among the requests under way, once it has one.
    var place: Shares.Place?
}

/// Counts each request and logs it in one line.
struct RequestWatch: Sendable {
    private let logger: Logger
    /// Requests that no route takes; one name for all, as anybody can make up paths.
    private let unknown = OperationMetrics("unknown")

    init(logger: Logger) {
        self.logger = logger
    }

    func finished(_ notes: RequestNotes, status: Int, since start: NIODeadline, correlator: String) {
        let nanoseconds = (NIODeadline.now() - start).nanoseconds
        let operation = notes.operation ?? unknown
        operation.record(status: status, nanoseconds: nanoseconds)
        // Nothing of the body or the path, which may name devices; the name of the operation says enough.
        logger.log(
            level: Self.isOfMachinery(operation.name) ? .debug : .info, "Request",
            metadata: [
                "x-correlator": "\(correlator)", "client": "\(notes.client?.description ?? "-")", "operation": "\(operation.name)",
                "status": .stringConvertible(status), "ms": .stringConvertible(Double(nanoseconds / 1000) / 1000),
            ])
    }

    /// Whether requests come from what watches the platform, every few seconds.
    private static func isOfMachinery(_ operation: String) -> Bool {
        operation == "metrics" || operation == "health"
    }
}
