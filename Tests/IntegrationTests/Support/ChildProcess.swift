import Foundation
import QoDTestSupport
import QualityOnDemand

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A running program with its output in files; the program ends with this value at the latest.
final class ChildProcess: Sendable {
    private let process: Process
    private let outputPath: String
    private let errorsPath: String

    /// An event that did not happen in time.
    struct TooLate: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - environment: The program's environment, apart from the search path.
    ///   - folder: The working directory, and the place of the output files.
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

    /// The standard output so far.
    var output: String { Self.text(outputPath) }
    /// The standard error so far.
    var errors: String { Self.text(errorsPath) }
    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.processIdentifier }

    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits until the program ends.
    ///
    /// - Returns: The exit code, or 128 and the number of the signal that ended the program.
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

/// Waits for a condition that other processes cause.
///
/// - Parameter limit: The time limit on a machine without delays. The limit grows by the time in
///   which this machine stood still.
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
