import Dispatch
import Foundation
import NIOConcurrencyHelpers
import SessionEngine

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Checks that written data will be found again: compares the names of the files with the open files, before the
/// answer to a write and every second.
///
/// A deleted or replaced file still works for this process, and is gone after its end. So after such a loss, nothing
/// is written any more. The next start finds the file that has the name then.
final class FileWatch: Sendable {
    private struct State {
        /// The file `-wal`, once there is one.
        var journal: OpenedFile.Identity?
        /// The loss that was found; it stays for good.
        var loss: StoreError?
        /// How many checks in a row found the file too short.
        var shortLooks = 0
        /// The failure of the last write, until a write works.
        var writeFailure: StoreError?
        var isStopped = false
        /// The file `-wal`, open to read its head.
        var journalDescriptor: Int32 = -1
    }

    private let file: OpenedFile
    private let checkpoints: Checkpoints
    private let state = NIOLockedValueBox(State())
    private let queue = DispatchQueue(label: "nac.sqlite.watch")
    private let probe: @Sendable () -> Void

    /// A disk with less free space than this counts as full: SQLite needs some pages to write at all.
    private static let leastSpace: UInt64 = 1 << 20

    /// - Parameter probe: called every second; tries to write.
    init(_ file: OpenedFile, checkpoints: Checkpoints, probe: @escaping @Sendable () -> Void) {
        self.file = file
        self.checkpoints = checkpoints
        self.probe = probe
        state.withLockedValue { Self.findJournal(file.path + "-wal", &$0) }
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

    /// Compares the names and lengths with the open files. Runs before each transaction, after it and before its answers,
    /// and before each checkpoint.
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
                } else if let index, index.logLength > 0, Int(status.st_size) < index.logLength || !Self.hasHead(state.journalDescriptor),
                    file.index() == index
                {
                    state.loss = Self.loss("\(path) was truncated while the platform had it open")
                }
            } else {
                Self.findJournal(path, &state)
            }
            return state.loss
        }
        if let problem { throw problem }
    }

    private static func findJournal(_ path: String, _ state: inout State) {
        state.journal = OpenedFile.Identity(path: path)
        if state.journal != nil { state.journalDescriptor = open(path, O_RDONLY | O_CLOEXEC) }
    }

    /// Whether a log begins as SQLite's "WAL-mode File Format" says. A write behind the end of a truncated file makes it long
    /// enough again, but not its head.
    private static func hasHead(_ descriptor: Int32) -> Bool {
        guard descriptor >= 0 else { return true }
        var magic: UInt32 = 0
        return pread(descriptor, &magic, 4, 0) == 4 && UInt32(bigEndian: magic) & ~1 == 0x377f_0682
    }

    deinit {
        state.withLockedValue { if $0.journalDescriptor >= 0 { close($0.journalDescriptor) } }
    }

    /// Throws the reason why nothing can be written now.
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

    /// Notes the result of a write.
    func wrote(_ failure: StoreError?) {
        let isLasting = failure.map { [.full, .readOnly, .inUse, .corrupt, .diskFailed, .unknownOutcome].contains($0.code) } ?? false
        state.withLockedValue { $0.writeFailure = isLasting ? failure : nil }
    }

    /// Compares the file with its own header too: ``verify()`` knows only the lengths that it has seen.
    private func lookClosely() {
        // A checkpoint writes the header before it extends the file.
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
        StoreError(.fileLost, "\(problem); nothing is stored any more. Stop the platform, put the file in its place, and start it again")
    }
}
