import Foundation

/// Runs a program of the machine to its end and returns its output. This type is the seam to the host.
struct LabRunner: Sendable {
    /// Blocks until the program ends. If the exit status is not 0, the error contains the program's error output.
    var run: @Sendable (LabStep) throws(LabError) -> String

    /// Runs programs on this machine, without a shell.
    static let host = LabRunner { step throws(LabError) in try HostProgram(step).run() }

    @discardableResult
    func callAsFunction(_ command: String..., input: String = "") throws(LabError) -> String {
        try run(LabStep(command: command, input: input))
    }
}

/// A program that must end within 30 s.
private struct HostProgram {
    private let step: LabStep

    init(_ step: LabStep) {
        self.step = step
    }

    private var name: String { step.command.joined(separator: " ") }

    func run() throws(LabError) -> String {
        // Files are used instead of pipes. Neither end can block, even if a program writes a lot or does not read.
        let (input, output, errors) = (try TemporaryFile(), try TemporaryFile(), try TemporaryFile())
        try input.fill(step.input)
        let process = try SpawnedProcess(step.command, streams: [input, output, errors].map(\.handle.fileDescriptor))
        guard let status = process.wait(upTo: 30) else {
            process.send(SIGKILL)
            throw LabError("\(name): not done after 30 s")
        }
        guard status == 0 else {
            let said = errors.text.trimmingCharacters(in: .whitespacesAndNewlines)
            throw LabError("\(name): \(said.isEmpty ? "status \(status)" : said)")
        }
        return output.text
    }
}

/// A file without a name. The system deletes the file when its last handle is closed.
private struct TemporaryFile {
    let handle: FileHandle

    init() throws(LabError) {
        var path = Array((NSTemporaryDirectory() + "/nac-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw LabError("a temporary file cannot be made: \(String(cString: strerror(errno)))") }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func fill(_ text: String) throws(LabError) {
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.seek(toOffset: 0)
        } catch {
            throw LabError("a temporary file cannot be written: \(error)")
        }
    }

    /// The whole text of the file. The program shares the file position with this handle and has moved it, so reading
    /// begins at the start.
    var text: String {
        try? handle.seek(toOffset: 0)
        return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    }
}

/// The reason why a lab cannot be made, used or removed, and the possible remedy.
public struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
