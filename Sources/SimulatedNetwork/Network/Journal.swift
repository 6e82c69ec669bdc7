import QualityOnDemand
import Southbound

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The simulated network's memory across processes: a file with a line `+ID` or `-ID` for each change. The journal
/// writes each line at once.
///
/// The journal must survive the death of the process, but not of the machine.
struct Journal: Sendable {
    private let descriptor: Int32

    /// Opens the file and shortens it to the remaining sessions.
    ///
    /// - Returns: the journal, and the remaining sessions: they were added and not removed.
    static func open(path: String) throws(NetworkError) -> (Journal, Set<SessionID>) {
        let left = try replay(path: path)
        let descriptor = Self.openDescriptor(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw NetworkError("\(path) cannot be written: \(String(cString: strerror(errno)))") }
        // The file can be an old one that other users could read, so its permissions are set again.
        fchmod(descriptor, 0o600)
        let journal = Journal(descriptor: descriptor)
        journal.write(left.map { "+\($0)\n" }.joined())
        return (journal, left)
    }

    func add(_ id: SessionID) {
        write("+\(id)\n")
    }

    func remove(_ id: SessionID) {
        write("-\(id)\n")
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return }
            var written = 0
            while written < bytes.count {
                let count = Self.writeBytes(descriptor, base + written, bytes.count - written)
                guard count > 0 else { return }
                written += count
            }
        }
    }

    private static func replay(path: String) throws(NetworkError) -> Set<SessionID> {
        let descriptor = openDescriptor(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw NetworkError("\(path) cannot be read: \(String(cString: strerror(errno)))") }
            return []
        }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        var left: Set<SessionID> = []
        // If the end of the process cut off the last line, no client has received an answer about that change.
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let id = SessionID(String(decoding: line.dropFirst(), as: UTF8.self)) else { continue }
            if line.first == UInt8(ascii: "+") { left.insert(id) } else { left.remove(id) }
        }
        return left
    }

    private static func openDescriptor(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Darwin)
            Darwin.open(path, flags, 0o600)
        #else
            Glibc.open(path, flags, 0o600)
        #endif
    }

    private static func writeBytes(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, bytes, count)
        #else
            Glibc.write(descriptor, bytes, count)
        #endif
    }
}
