import Foundation
import UnixSignals

/// Runs work that Ctrl-C, SIGTERM and a closed terminal cancel. The work has time to clean up.
///
/// - Throws: ``Interrupted`` if a signal arrives; the error is thrown only after the work has ended.
func interruptible<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask {
            for await _ in signals { throw Interrupted() }
            throw CancellationError()
        }
        group.addTask { try await work() }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}

/// The error for a program that this process ran: the program failed, and has already reported the reason.
struct ToldAlready: Error {
    let status: ExitStatus
}
