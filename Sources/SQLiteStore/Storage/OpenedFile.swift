import Foundation
import NIOConcurrencyHelpers
import SessionEngine

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The database file itself, whatever its name leads to later: keeps a second process off it, and knows it again.
///
/// Two engines over one file would end each other's sessions. The lock is on the file, so neither another name for it nor the
/// removal of a lock file lets a second process in. The file `-lock` keeps programs of older versions off, which know no other.
/// The kernel gives both locks back when the process ends, however it ends.
final class OpenedFile: Sendable {
    /// Where the file is, with every symbolic link resolved.
    let path: String
    private let descriptor: Int32
    private let olderLock: Int32
    private let identity: Identity
    /// How long the file was seen to be.
    private let leastLength = NIOLockedValueBox(0)
    /// Of the file `-shm`, once SQLite has it open too.
    private let indexDescriptor = NIOLockedValueBox<Int32?>(nil)
    private let isHeld = NIOLockedValueBox(true)
    private let isOpen = NIOLockedValueBox(true)

    struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            inode = UInt64(status.st_ino)
        }

        /// Of what a name leads to; `nil` where there is nothing.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// The head of the index of the log, as SQLite's "WAL-mode File Format" lays it down: it says how many frames of the log count.
    ///
    /// Salts and check sums are in it, so two equal heads have nothing between them.
    struct LogIndex: Equatable, Sendable {
        fileprivate static let words = 6
        fileprivate let head: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

        fileprivate init(_ words: some Collection<UInt64>) {
            var next = words.makeIterator()
            func take() -> UInt64 { next.next() ?? 0 }
            head = (take(), take(), take(), take(), take(), take())
        }

        static func == (a: LogIndex, b: LogIndex) -> Bool {
            (a.head.0, a.head.1, a.head.2, a.head.3, a.head.4, a.head.5) == (b.head.0, b.head.1, b.head.2, b.head.3, b.head.4, b.head.5)
        }

        /// How long the log must be, in bytes. The size of a page is at byte 14, the number of frames at byte 16, in this machine's order.
        var logLength: Int {
            withUnsafeBytes(of: head) { bytes in
                let size = Int(bytes.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
                let frames = Int(bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
                return frames == 0 ? 0 : 32 + frames * ((size == 1 ? 65_536 : size) + 24)
            }
        }
    }

    /// Those that this process has open. A second one is refused before it is opened: to close it again would take SQLite's own
    /// locks on the file away (POSIX gives up all of a process's locks on a file with the first descriptor of it that is closed).
    private static let held = NIOLockedValueBox<Set<Identity>>([])

    /// Opens the file, making it where it is missing, for this process and its user alone.
    init(path: String) throws(StoreError) {
        if let identity = Identity(path: path), Self.held.withLockedValue({ $0.contains(identity) }) { throw Self.inUse(path) }
        let descriptor = try Self.open(path)
        var status = stat()
        fstat(descriptor, &status)
        let identity = Identity(status)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.held.withLockedValue({ $0.insert(identity).inserted }) else {
            close(descriptor)
            throw Self.inUse(path)
        }
        let resolved = realpath(path, nil)
        self.path = resolved.map { String(cString: $0) } ?? path
        free(resolved)
        do {
            olderLock = try Self.open(self.path + "-lock")
        } catch {
            Self.held.withLockedValue { _ = $0.remove(identity) }
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.identity = identity
        // From here on `deinit` closes both.
        guard flock(olderLock, LOCK_EX | LOCK_NB) == 0 else { throw Self.inUse(path) }
    }

    /// Takes what others may do with the files of this database away: they hold tokens.
    func restrict() {
        for suffix in ["", "-wal", "-shm", "-lock"] { Self.restrict(path + suffix) }
    }

    /// Makes an empty file for its user alone, where there is none.
    static func create(_ path: String) throws(StoreError) {
        if Identity(path: path) == nil { close(try open(path)) }
    }

    /// Lets others have the file. The descriptors stay open, and with them SQLite's own locks.
    func release() {
        guard isHeld.withLockedValue({ isHeld in defer { isHeld = false }; return isHeld }) else { return }
        flock(descriptor, LOCK_UN)
        flock(olderLock, LOCK_UN)
        Self.held.withLockedValue { _ = $0.remove(identity) }
    }

    /// Lets others have the file and closes it; only after SQLite has.
    func finish() {
        release()
        guard isOpen.withLockedValue({ isOpen in defer { isOpen = false }; return isOpen }) else { return }
        close(descriptor)
        close(olderLock)
        indexDescriptor.withLockedValue { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    deinit {
        finish()
    }

    /// What happened to the file, for an operator; `nil` where its name leads to this file still and nothing was cut off.
    func problem() -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "\(path) was deleted or moved while the platform had it open" }
        guard Identity(status) == identity else { return "\(path) was replaced by another file while the platform had it open" }
        return Int(status.st_size) < leastLength.withLockedValue { $0 } ? "\(path) was truncated while the platform had it open" : nil
    }

    /// Reads how long the file is by now. It never becomes shorter: nothing is vacuumed.
    ///
    /// The next checkpoint would fill what was cut off with zeros, so the length must be known and compared before that.
    func learnLength() {
        guard let pages = pagesByHeader(), let actual = length() else { return }
        leastLength.withLockedValue { $0 = max($0, min(actual, pages)) }
    }

    /// Whether the file is shorter than its own header says.
    ///
    /// A checkpoint writes the header before it writes pages at the end, so this is true for a moment then.
    func isShorterThanItsHeader() -> Bool {
        guard let actual = length(), actual > 0, let expected = pagesByHeader() else { return true }
        return actual < expected
    }

    /// Opens the index of the log. It stays open until ``finish()``: closing it would take SQLite's own locks on it away.
    func openIndex() {
        let descriptor = Glue.open(path + "-shm")
        indexDescriptor.withLockedValue { $0 = descriptor >= 0 ? descriptor : nil }
    }

    /// What the index says now; `nil` where it cannot be read, or is being written.
    func index() -> LogIndex? {
        guard let descriptor = indexDescriptor.withLockedValue({ $0 }) else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: LogIndex.words * 2) { both in
            let size = both.count * MemoryLayout<UInt64>.size
            guard pread(descriptor, both.baseAddress, size, 0) == size else { return nil }
            // SQLite writes the head twice.
            let first = LogIndex(both.prefix(LogIndex.words))
            return LogIndex(both.suffix(LogIndex.words)) == first ? first : nil
        }
    }

    private func length() -> Int? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
    }

    /// How long all pages are that the header speaks of, in bytes.
    private func pagesByHeader() -> Int? {
        var header = [UInt8](repeating: 0, count: 32)
        guard pread(descriptor, &header, 32, 0) == 32 else { return nil }
        let size = Int(header[16]) << 8 | Int(header[17])
        let pages = header[28..<32].reduce(0) { $0 << 8 | Int($1) }
        return pages * (size == 1 ? 65_536 : size)
    }

    private static func open(_ path: String) throws(StoreError) -> Int32 {
        let descriptor = Glue.open(path)
        guard descriptor >= 0 else {
            let number = errno
            let reason = String(cString: strerror(number))
            let code: StoreError.Code = number == ENOSPC ? .full : number == EROFS || number == EACCES ? .readOnly : .failed
            throw StoreError(code, "\(path) cannot be written: \(reason); the folder must exist and be writable")
        }
        return descriptor
    }

    private static func restrict(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return }
        chmod(path, status.st_mode & 0o700)
    }

    private static func inUse(_ path: String) -> StoreError {
        StoreError(.inUse, "\(path) is in use by another process; stop that one, or name another file")
    }

    private enum Glue {
        static func open(_ path: String) -> Int32 {
            #if canImport(Darwin)
                Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            #else
                Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            #endif
        }
    }
}
