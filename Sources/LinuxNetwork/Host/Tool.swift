import Foundation
import SessionEngine

/// Runs the gateway's tools: arguments as they are and never a shell, batches through standard input.
///
/// It blocks; whoever calls it must be off the cooperative pool.
struct Tool: Sendable {
    /// Put before every command.
    let prefix: [String]
    /// How long a tool may take.
    var timeout: Double = 20
    /// How many bytes it may say.
    var mostOutput = 128 << 20
    /// Is told which process was started.
    var started: @Sendable (pid_t) -> Void = { _ in }

    /// - Returns: what the tool wrote to its standard output.
    /// - Throws: ``SessionEngine/NetworkError`` with what it said where it failed, took too long or said too much.
    @discardableResult
    func run(_ arguments: [String], input: String = "") throws(NetworkError) -> Data {
        let command = prefix + arguments
        // Files and not pipes: nothing can block at either end, however much is said or left unread.
        let (stdin, stdout, stderr) = (try Scratch(), try Scratch(), try Scratch())
        try stdin.fill(Data(input.utf8))
        let id = try ToolProcess.start(["/usr/bin/env"] + command, Self.environment, [stdin, stdout, stderr].map(\.descriptor))
        started(id)
        guard let status = ToolProcess.wait(for: id, upTo: .seconds(timeout)) else {
            throw NetworkError("\(command.joined(separator: " ")): not done after \(timeout) s")
        }
        guard status == 0 else {
            let said = String(decoding: try stderr.contents(atMost: 2_000), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            // So end env, and ip where it runs a tool in a namespace, when the tool cannot be started.
            let isMissing = status == 126 || status == 127 || said.hasPrefix("exec of ")
            let reason = said.isEmpty ? "status \(status)" : said
            throw NetworkError("\(command.joined(separator: " ")): \(reason)\(isMissing ? "; \(arguments[0]) has to be installed" : "")")
        }
        let output = try stdout.contents(atMost: mostOutput + 1)
        guard output.count <= mostOutput else { throw NetworkError("\(command.joined(separator: " ")): said more than \(mostOutput) bytes") }
        return output
    }

    /// The tools' own language, and where distributions keep them: services often run without the last two folders.
    private static let environment = [
        "LC_ALL": "C",
        "PATH": (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin",
    ]
}

/// A file without a name, gone with its last handle.
private struct Scratch {
    let handle: FileHandle
    let descriptor: Int32

    init() throws(NetworkError) {
        var path = Array((NSTemporaryDirectory() + "/nac-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw NetworkError("no temporary file: \(String(cString: strerror(errno)))") }
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

    /// The tool has moved the position that it shares with this handle, so it is read from the start.
    func contents(atMost count: Int) throws(NetworkError) -> Data {
        do {
            try handle.seek(toOffset: 0)
            return try handle.read(upToCount: count) ?? Data()
        } catch {
            throw NetworkError("a temporary file cannot be read: \(error)")
        }
    }
}
