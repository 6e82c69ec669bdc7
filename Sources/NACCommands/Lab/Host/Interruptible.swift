import Foundation
import NIOConcurrencyHelpers
import UnixSignals

/// Runs work that Ctrl-C, SIGTERM and a closed terminal cancel; it gets the time to clean up.
///
/// - Throws: ``Interrupted`` where a signal came, when the work has ended.
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
    /// Makes the lab; where the task is cancelled, what was made so far is taken away.
    func make(_ topology: LabTopology) async throws {
        let isWanted = NIOLockedValueBox(true)
        try await withTaskCancellationHandler {
            try await blocking { try up(topology) { isWanted.withLockedValue { $0 } } }
        } onCancel: {
            isWanted.withLockedValue { $0 = false }
        }
    }

    /// Runs this program with the same streams in a place of the lab, to its end.
    ///
    /// Where the task is cancelled it is asked to end, and waited for.
    ///
    /// - Returns: its exit status.
    func runSelf(_ arguments: [String], at place: LabPlace) async throws -> Int32 {
        let process = try SpawnedProcess(["ip", "netns", "exec", name.namespace(place), executable] + arguments)
        return try await withTaskCancellationHandler {
            try await blocking { process.wait() ?? -1 }
        } onCancel: {
            process.send(SIGTERM)
        }
    }
}

/// A program that this one ran failed, and has told why itself.
struct ToldAlready: Error {
    let status: ExitStatus
}
