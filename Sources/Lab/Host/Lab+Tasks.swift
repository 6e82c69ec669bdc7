import Foundation
import NIOConcurrencyHelpers

/// The lab for callers in tasks.
extension Lab {
    /// Makes the lab. If the task is cancelled, all parts made so far are removed.
    public func make(_ topology: LabTopology) async throws {
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
    public func runSelf(_ arguments: [String], at place: LabPlace) async throws -> Int32 {
        let process = try SpawnedProcess(["ip", "netns", "exec", name.namespace(place), executable] + arguments)
        return try await withTaskCancellationHandler {
            try await blocking { process.wait() ?? -1 }
        } onCancel: {
            process.send(SIGTERM)
        }
    }
}

/// Runs blocking work on a separate thread, outside the cooperative pool.
public func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}
