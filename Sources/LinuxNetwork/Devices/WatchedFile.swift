import Foundation

/// A file that another program writes, checked again and again. Blocks.
struct WatchedFile: Sendable {
    let path: String
    /// How many bytes it may have.
    let limit: Int
    /// The last check of the file.
    private var seen: Look?
    /// The content that was returned last.
    private var taken: Content?

    init(_ path: String, limit: Int) {
        self.path = path
        self.limit = limit
    }

    /// The result of a check.
    enum Outcome: Sendable {
        /// The file has not changed.
        case same
        case changed([UInt8])
        /// There is no file.
        case missing
        /// The file cannot be read, with the reason.
        case failed(String)
        /// Another program is writing the file; the next check will tell.
        case busy
    }

    private struct Look: Sendable {
        let stamp: Stamp
        /// Whether the file has to be read again even with the same stamp: file times advance in steps of some
        /// milliseconds.
        let isUnsettled: Bool
    }

    private struct Content: Hashable {
        let size: Int
        let digest: Int

        init(_ bytes: [UInt8]) {
            (size, digest) = (bytes.count, bytes.hashValue)
        }
    }

    /// The properties that change if a file is replaced or written to.
    private struct Stamp: Hashable {
        let device, inode, size, modifiedSeconds, modifiedNanoseconds, changedSeconds, changedNanoseconds: Int64

        init(_ status: stat) {
            #if canImport(Darwin)
                let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
            #else
                let (modified, changed) = (status.st_mtim, status.st_ctim)
            #endif
            (device, inode, size) = (Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_size))
            (modifiedSeconds, modifiedNanoseconds) = (Int64(modified.tv_sec), Int64(modified.tv_nsec))
            (changedSeconds, changedNanoseconds) = (Int64(changed.tv_sec), Int64(changed.tv_nsec))
        }

        func isFresh(at now: time_t) -> Bool { max(modifiedSeconds, changedSeconds) + 2 >= Int64(now) }
    }

    /// Reads the file if it has changed.
    mutating func look() -> Outcome {
        var status = stat()
        guard stat(path, &status) == 0 else { return failed(errno) }
        if let seen, !seen.isUnsettled, seen.stamp == Stamp(status) { return .same }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return failed(errno) }
        defer { close(descriptor) }
        return read(descriptor)
    }

    private mutating func read(_ descriptor: CInt) -> Outcome {
        var (before, after) = (stat(), stat())
        guard fstat(descriptor, &before) == 0 else { return failed(errno) }
        guard before.st_mode & S_IFMT == S_IFREG else { return failed("is not a regular file") }
        guard before.st_size <= limit else { return failed("has \(before.st_size) bytes; at most \(limit) are read") }
        guard let bytes = Self.contents(descriptor, Int(before.st_size)), fstat(descriptor, &after) == 0 else { return failed(errno) }
        let stamp = Stamp(before)
        guard stamp == Stamp(after), bytes.count == Int(before.st_size) else { return .busy }
        let isNew = seen?.stamp != stamp
        let content = Content(bytes)
        // A program that truncates a file and writes it anew may be between the two steps; the second check believes
        // it.
        let isHalf = bytes.last != UInt8(ascii: "\n") && isNew && taken != nil && taken != content
        seen = Look(stamp: stamp, isUnsettled: isHalf || stamp.isFresh(at: time(nil)))
        guard !isHalf else { return .busy }
        defer { taken = content }
        return taken == content ? .same : .changed(bytes)
    }

    private mutating func failed(_ reason: String) -> Outcome {
        (seen, taken) = (nil, nil)
        return .failed(reason)
    }

    private mutating func failed(_ code: CInt) -> Outcome {
        guard code == ENOENT else { return failed("cannot be read: \(String(cString: strerror(code)))") }
        (seen, taken) = (nil, nil)
        return .missing
    }

    private static func contents(_ descriptor: CInt, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress! + filled, count - filled) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            guard got > 0 else { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }
}
