import Foundation

/// A program that runs beside this one. Its output arrives line by line. The program does not outlive this value.
final class RunningProgram: Sendable {
    private let process: SpawnedProcess

    /// - Parameters:
    ///   - environment: The environment of the program, except `PATH` and `LC_ALL`.
    ///   - onLine: Receives each line of both output streams, with the time of the read in seconds since 1970. The
    ///     call comes on a separate thread.
    init(
        _ command: [String], environment: [String: String] = ProcessInfo.processInfo.environment,
        onLine: @escaping @Sendable (Double, String) -> Void = { _, _ in }
    ) throws(LabError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw LabError("a pipe cannot be made: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer {
            close(ends[1])
            close(nothing)
        }
        let handle = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        process = try SpawnedProcess(command, environment: environment, streams: [nothing, ends[1], ends[1]])
        Thread.detachNewThread { Self.read(handle, onLine) }
    }

    deinit {
        process.send(SIGKILL)
    }

    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) {
        process.send(signal)
    }

    private static func read(_ handle: FileHandle, _ onLine: (Double, String) -> Void) {
        var rest: [UInt8] = []
        while case let data = handle.availableData, !data.isEmpty {
            let now = Date().timeIntervalSince1970
            rest += data
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                onLine(now, String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
    }
}
