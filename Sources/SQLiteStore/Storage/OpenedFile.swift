import Foundation
import NIOConcurrencyHelpers
import SessionEngine

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The database file itself, independent of its name: locks out a second process, and notices if the name leads to
/// another file.
///
/// Two engines over one file would end each other's sessions. The lock is on the file, so neither another name nor
/// the removal of a lock file lets a second process in. The file `-lock` locks out programs of older versions, which
/// know no other lock. The kernel releases both locks at every end of the process.
final class OpenedFile: Sendable {
    /// The path of the file, with every symbolic link resolved.
    let path: String
    private let descriptor: Int32
    private let olderLock: Int32
    private let identity: Identity
    /// The longest length of the file that was seen.
    private let leastLength = NIOLockedValueBox(0)
    /// The descriptor of the file `-shm`, after SQLite has opened it too.
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

        /// The identity of the file at a path; `nil` if there is no file.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// The head of the index of the log, as defined in SQLite's "WAL-mode File Format". The head says how many frames
    /// of the log count.
    ///
    /// The head contains salts and check sums. So if two reads give the same head, the index has not changed between
    /// them.
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

        /// The required length of the log, in bytes. The page size is at byte 14, the number of frames at byte 16, in
        /// this machine's byte order.
        var logLength: Int {
            withUnsafeBytes(of: head) { bytes in
                let size = Int(bytes.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
                let frames = Int(bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
                return frames == 0 ? 0 : 32 + frames * ((size == 1 ? 65_536 : size) + 24)
            }
        }
    }

    /// The files that this process has open. A second open of a file is refused early: closing its descriptor would
    /// drop SQLite's own locks on the file. (POSIX drops all of a process's locks on a file when the process closes
    /// any descriptor of the file.)
    private static let held = NIOLockedValueBox<Set<Identity>>([])

    /// Opens the file for this process and its user alone; creates the file if it is missing.
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

    /// Removes the access of other users to the files of this database, because the files hold tokens.
    func restrict() {
        for suffix in ["", "-wal", "-shm", "-lock"] { Self.restrict(path + suffix) }
    }

    /// Creates an empty file for its user alone, if the file is missing.
    static func create(_ path: String) throws(StoreError) {
        if Identity(path: path) == nil { close(try open(path)) }
    }

    /// Unlocks the file for other processes. The descriptors stay open, so SQLite's own locks stay too.
    func release() {
        guard isHeld.withLockedValue({ isHeld in defer { isHeld = false }; return isHeld }) else { return }
        flock(descriptor, LOCK_UN)
        flock(olderLock, LOCK_UN)
        Self.held.withLockedValue { _ = $0.remove(identity) }
    }

    /// Unlocks the file and closes it; only after SQLite has closed the file.
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

    /// The fault of the file, for an operator; `nil` if the name still leads to this file and the file was not
    /// truncated.
    func problem() -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "\(path) was deleted or moved while the platform had it open" }
        guard Identity(status) == identity else { return "\(path) was replaced by another file while the platform had it open" }
        return Int(status.st_size) < leastLength.withLockedValue { $0 } ? "\(path) was truncated while the platform had it open" : nil
    }

    /// Reads the current length of the file. The file never becomes shorter, because it is never vacuumed.
    ///
    /// The next checkpoint would fill a truncated part with zeros. So the length must be known and compared before
    /// the checkpoint.
    func learnLength() {
        guard let pages = pagesByHeader(), let actual = length() else { return }
        leastLength.withLockedValue { $0 = max($0, min(actual, pages)) }
    }

    /// Whether the file is shorter than its own header says.
    ///
    /// A checkpoint writes the header before the pages at the end. So the result is `true` for a moment then.
    func isShorterThanItsHeader() -> Bool {
        guard let actual = length(), actual > 0, let expected = pagesByHeader() else { return true }
        return actual < expected
    }

    /// Opens the index of the log. The index stays open until ``finish()``: closing it would drop SQLite's own locks
    /// on it.
    func openIndex() {
        let descriptor = Glue.open(path + "-shm")
        indexDescriptor.withLockedValue { $0 = descriptor >= 0 ? descriptor : nil }
    }

    /// The current head of the index; `nil` if it cannot be read, or a write is under way.
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

    /// The length of all pages according to the header, in bytes.
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
