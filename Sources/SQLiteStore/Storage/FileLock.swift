import Foundation
import SessionEngine

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Keeps a second process off a database: two engines over one file would end each other's sessions.
///
/// The kernel lets go of the lock when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    init(databasePath: String) throws(StoreError) {
        let path = databasePath + "-lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            let code: StoreError.Code = errno == ENOSPC ? .full : errno == EROFS || errno == EACCES ? .readOnly : .failed
            throw StoreError(code, "\(path) cannot be written: \(reason); the folder must exist and be writable")
        }
        // Nothing is closed here: `deinit` runs for what was not locked, too, and by a second closing of the same number
        // whatever another thread had opened by then would be gone.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StoreError(.inUse, "\(databasePath) is in use by another process; stop that one, or name another file")
        }
    }

    func release() {
        flock(descriptor, LOCK_UN)
    }

    deinit {
        close(descriptor)
    }
}
