import Foundation
import NIOConcurrencyHelpers
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

extension Lab {
    /// Makes the lab. If the task is cancelled, all parts made so far are removed.
    func make(_ topology: LabTopology) async throws {
        let isWanted = NIOLockedValueBox(true)
        try await withTaskCancellationHandler {
            try await blocking { try up(topology) { isWanted.withLockedValue { $0 } } }
        } onCancel: {
            isWanted.withLockedValue { $0 = false }
        }
    }

    /// Runs this program in a place of the lab until it ends, with the same standard streams.
    ///
    /// If the task is cancelled, the program receives SIGTERM, and this method waits for its end.
    ///
    /// - Returns: the exit status of the program.
    func runSelf(_ arguments: [String], at place: LabPlace) async throws -> Int32 {
        let process = try SpawnedProcess(["ip", "netns", "exec", name.namespace(place), executable] + arguments)
        return try await withTaskCancellationHandler {
            try await blocking { process.wait() ?? -1 }
        } onCancel: {
            process.send(SIGTERM)
        }
    }
}

/// The error for a program that this process ran: the program failed, and has already reported the reason.
struct ToldAlready: Error {
    let status: ExitStatus
}
