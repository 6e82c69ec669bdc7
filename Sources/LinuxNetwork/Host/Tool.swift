import Foundation
import Southbound

/// Runs the gateway's tools: arguments go in unchanged and never through a shell, batches through standard input.
///
/// A run blocks; the caller must be off the cooperative pool.
struct Tool: Sendable {
    /// The words before every command.
    let prefix: [String]
    /// How long a tool may take.
    var timeout: Double = 20
    /// How many bytes of output are allowed.
    var mostOutput = 128 << 20
    /// Receives the id of each started process.
    var started: @Sendable (pid_t) -> Void = { _ in }

    /// - Returns: the tool's standard output.
    /// - Throws: ``SessionEngine/NetworkError`` with the tool's error output, if the tool failed, took too long or
    ///   wrote too much.
    @discardableResult
    func run(_ arguments: [String], input: String = "") throws(NetworkError) -> Data {
        let command = prefix + arguments
        // Files instead of pipes: neither end can block, however much is written or left unread.
        let (stdin, stdout, stderr) = (try Scratch(), try Scratch(), try Scratch())
        try stdin.fill(Data(input.utf8))
        let id = try ToolProcess.start(["/usr/bin/env"] + command, Self.environment, [stdin, stdout, stderr].map(\.descriptor))
        started(id)
        guard let status = ToolProcess.wait(for: id, upTo: .seconds(timeout)) else {
            throw NetworkError("\(command.joined(separator: " ")): not done after \(timeout) s")
        }
        guard status == 0 else {
            let said = String(decoding: try stderr.contents(atMost: 2_000), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            // If the tool cannot be started, env ends like this, and so does ip for a tool in a namespace.
            let isMissing = status == 126 || status == 127 || said.hasPrefix("exec of ")
            let reason = said.isEmpty ? "status \(status)" : said
            throw NetworkError("\(command.joined(separator: " ")): \(reason)\(isMissing ? "; \(arguments[0]) must be installed" : "")")
        }
        let output = try stdout.contents(atMost: mostOutput + 1)
        guard output.count <= mostOutput else { throw NetworkError("\(command.joined(separator: " ")): printed more than \(mostOutput) bytes") }
        return output
    }

    /// The tools' own language, and the folders that distributions keep the tools in: services often run without the
    /// last two.
    private static let environment = [
        "LC_ALL": "C",
        "PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin",
    ]
}

/// A file without a name that disappears with its last handle.
private struct Scratch {
    let handle: FileHandle
    let descriptor: Int32

    init() throws(NetworkError) {
        var path = Array((NSTemporaryDirectory() + "/nac-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw NetworkError("a temporary file cannot be made: \(String(cString: strerror(errno)))") }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.descriptor = descriptor
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func fill(_ data: Data) throws(NetworkError) {
        do {
            try handle.write(contentsOf: data)
            try handle.seek(toOffset: 0)
        } catch {
            throw NetworkError("a temporary file cannot be written: \(error)")
        }
    }

    /// The tool has moved the position that it shares with this handle, so the file is read from the start.
    func contents(atMost count: Int) throws(NetworkError) -> Data {
        do {
            try handle.seek(toOffset: 0)
            return try handle.read(upToCount: count) ?? Data()
        } catch {
            throw NetworkError("a temporary file cannot be read: \(error)")
        }
    }
}
