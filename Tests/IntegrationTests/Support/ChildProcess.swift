import Foundation
import QoDTestSupport
import QualityOnDemand

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A program that was started, with what it says in files; it never outlives this value.
final class ChildProcess: Sendable {
    private let process: Process
    private let outputPath: String
    private let errorsPath: String

    /// What did not happen in time.
    struct TooLate: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - environment: All that the program sees but the search path.
    ///   - folder: Where it runs, and where what it says is kept.
    init(_ executable: String, _ arguments: [String], environment: [String: String] = [:], in folder: String) throws {
        let name = "\(folder)/said-\(UUID().uuidString)"
        (outputPath, errorsPath) = ("\(name).out", "\(name).err")
        process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        process.environment = ["PATH": path].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(outputPath)
        process.standardError = try Self.file(errorsPath)
        try process.run()
        MachineStalls.watch.follow(process.processIdentifier)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// What it said on standard output so far.
    var output: String { Self.text(outputPath) }
    /// What it said on standard error so far.
    var errors: String { Self.text(errorsPath) }
    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.processIdentifier }

    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit code; the signal's number and 128 where one ended it.
    func exitCode(within limit: Duration) async throws -> Int32 {
        try await wait(upTo: limit, for: "the end of \(process.executableURL?.lastPathComponent ?? "")") { !process.isRunning }
        return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    }

    private static func file(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        return try FileHandle(forWritingTo: URL(filePath: path))
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

/// Waits until a condition that other processes bring about holds.
///
/// - Parameter limit: for how long, on a machine that stands still for nobody; what this one lost meanwhile is added.
func wait(upTo limit: Duration, for what: String, until condition: () async throws -> Bool) async throws {
    let (start, begun) = (ContinuousClock.now, Timestamp.now)
    while try await !condition() {
        let waited = ContinuousClock.now - start
        guard waited < limit || waited < limit + MachineStalls.watch.total(from: begun, to: .now) else {
            throw ChildProcess.TooLate(description: "\(what) did not come within \(limit)")
        }
        try await pause(for: .milliseconds(5))
    }
}
