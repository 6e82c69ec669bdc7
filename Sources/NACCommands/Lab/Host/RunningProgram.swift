import Foundation

/// A program that runs beside this one, and what it says line by line. It does not outlive this value.
final class RunningProgram: Sendable {
    private let process: SpawnedProcess

    /// - Parameters:
    ///   - environment: All that it sees.
    ///   - onLine: Is handed each line of both its streams and when it was read, in seconds since 1970, on a thread of its own.
    init(
        _ command: [String], environment: [String: String] = ProcessInfo.processInfo.environment,
        onLine: @escaping @Sendable (Double, String) -> Void = { _, _ in }
    ) throws(LabError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw LabError("no pipe: \(String(cString: strerror(errno)))") }
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
