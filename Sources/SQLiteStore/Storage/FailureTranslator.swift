import GRDB
import SessionEngine

/// Translates SQLite's failures to the store's errors, with advice for the operator.
struct FailureTranslator: Sendable {
    let path: String

    func callAsFunction(_ error: any Error) -> StoreError {
        switch error {
        case let error as StoreError: error
        case let error as DatabaseError: translate(error)
        default: StoreError(.failed, "\(path): \(error)")
        }
    }

    private func translate(_ error: DatabaseError) -> StoreError {
        let detail = error.message ?? "no details"
        return switch error.resultCode {
        case .SQLITE_FULL: StoreError(.full, "\(path): the disk is full; nothing was changed")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
            StoreError(.readOnly, "\(path) cannot be opened for writing (\(detail)); the file and its folder must exist and be writable")
        case .SQLITE_CORRUPT: StoreError(.corrupt, "\(path) is damaged (\(detail)); restore it from a backup, or name another file")
        case .SQLITE_NOTADB: StoreError(.corrupt, "\(path) is not a database; name another file")
        case .SQLITE_BUSY, .SQLITE_LOCKED: StoreError(.inUse, "\(path) is locked by another process (\(detail))")
        case .SQLITE_IOERR: StoreError(.diskFailed, "\(path): reading or writing failed (\(detail))")
        default: StoreError(.failed, "\(path): \(error.resultCode) (\(detail))")
        }
    }
}
