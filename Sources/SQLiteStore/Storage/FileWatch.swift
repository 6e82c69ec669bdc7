import Dispatch
import Foundation
import NIOConcurrencyHelpers
import SessionEngine

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whether what is written to the database will be found again: its names are compared with the open files, before an answer
/// to a write and every second.
///
/// A file that was deleted or replaced goes on working for this process and is gone with it. So once this has happened, nothing
/// is written any more; the next start finds what the name leads to then.
final class FileWatch: Sendable {
    private struct State {
        /// The file `-wal`, once there is one.
        var journal: OpenedFile.Identity?
        /// What was found, for good.
        var loss: StoreError?
        /// In how many looks in a row the file was too short.
        var shortLooks = 0
        /// What the last write ran into, until one works.
        var writeFailure: StoreError?
        var isStopped = false
        /// When everything was in its place.
        var lastLook: DispatchTime?
    }

    private let file: OpenedFile
    private let checkpoints: Checkpoints
    private let state = NIOLockedValueBox(State())
    private let queue = DispatchQueue(label: "nac.sqlite.watch")
    private let probe: @Sendable () -> Void

    /// Less free space than this is a full disk: SQLite needs some pages to write at all.
    private static let leastSpace: UInt64 = 1 << 20

    /// Between two transactions that follow each other so closely one look is enough.
    private static let freshness: UInt64 = 1_000_000

    /// - Parameter probe: called every second; tries to write.
    init(_ file: OpenedFile, checkpoints: Checkpoints, probe: @escaping @Sendable () -> Void) {
        self.file = file
        self.checkpoints = checkpoints
        self.probe = probe
        state.withLockedValue { $0.journal = OpenedFile.Identity(path: file.path + "-wal") }
        file.openIndex()
        file.learnLength()
        checkpoints.surround(
            before: { [weak self] in self == nil || (try? self?.verify()) != nil },
            after: { [file] in file.learnLength() })
        lookAgain()
    }

    func stop() {
        state.withLockedValue { $0.isStopped = true }
    }

    private func lookAgain() {
        queue.asyncAfter(deadline: .now() + 1) { [weak self] in
            guard let self, !state.withLockedValue({ $0.isStopped }) else { return }
            lookClosely()
            probe()
            lookAgain()
        }
    }

    /// Before a transaction: the same as ``verify()``, but for one that follows the last look at once.
    func verifyAgain() throws(StoreError) {
        let now = DispatchTime.now().uptimeNanoseconds
        let isFresh = state.withLockedValue { state in
            state.loss == nil && state.lastLook.map { now - $0.uptimeNanoseconds < Self.freshness } ?? false
        }
        if !isFresh { try verify() }
    }

    /// Compares the names and lengths with the open files; after each transaction, before its answers, and before each checkpoint.
    func verify() throws(StoreError) {
        let path = file.path + "-wal"
        let problem = state.withLockedValue { state -> StoreError? in
            if let loss = state.loss { return loss }
            if let problem = file.problem() {
                state.loss = Self.loss(problem)
            } else if let journal = state.journal {
                let index = file.index()
                var status = stat()
                if stat(path, &status) != 0 {
                    state.loss = Self.loss("\(path) was deleted or moved while the platform had it open")
                } else if OpenedFile.Identity(status) != journal {
                    state.loss = Self.loss("\(path) was replaced by another file while the platform had it open")
                } else if let index, Int(status.st_size) < index.logLength, file.index() == index {
                    state.loss = Self.loss("\(path) was truncated while the platform had it open")
                }
            } else {
                state.journal = OpenedFile.Identity(path: path)
            }
            if state.loss == nil { state.lastLook = .now() }
            return state.loss
        }
        if let problem { throw problem }
    }

    /// Why nothing can be written now.
    func check() throws(StoreError) {
        try verify()
        if let failure = state.withLockedValue({ $0.writeFailure }) { throw failure }
        var space = statvfs()
        if statvfs(file.path, &space) == 0, UInt64(space.f_bavail) * UInt64(space.f_frsize) < Self.leastSpace {
            throw StoreError(.full, "\(file.path): the disk is full")
        }
    }

    /// Whether the last write failed for a reason that lasts.
    var hasFailed: Bool { state.withLockedValue { $0.writeFailure != nil } }

    /// Notes how a write ended.
    func wrote(_ failure: StoreError?) {
        let isLasting = failure.map { [.full, .readOnly, .inUse, .corrupt, .diskFailed, .uncertain].contains($0.code) } ?? false
        state.withLockedValue { $0.writeFailure = isLasting ? failure : nil }
    }

    /// Compares the file with its own header too: ``verify()`` knows only the length that it saw.
    private func lookClosely() {
        // A checkpoint makes the file longer after its header says so.
        guard (try? verify()) != nil, !checkpoints.isBusy else { return }
        let isShort = file.isShorterThanItsHeader()
        guard !checkpoints.isBusy else { return }
        state.withLockedValue { state in
            state.shortLooks = isShort ? state.shortLooks + 1 : 0
            if state.shortLooks >= 2, state.loss == nil {
                state.loss = Self.loss("\(file.path) was truncated while the platform had it open")
            }
        }
    }

    private static func loss(_ problem: String) -> StoreError {
        StoreError(.unavailable, "\(problem); nothing is stored any more. Stop the platform, put the file in its place, and start it again")
    }
}
