import Logging
import NIOConcurrencyHelpers
import QualityOnDemand

/// Finds the session that ends the process when the network is asked for it, over as many starts as that takes.
///
/// After a run that ended well there is nothing to find, and nothing is written. After one that did not, the first
/// comparison notes in the store which sessions it is about to ask the network for:
///
/// - after one such end only those that were requested: the others have been programmed before;
/// - after a start that was not completed, all of them, page by page;
/// - sessions that were noted when a process ended are suspects: they come last, each alone.
///
/// A suspect with which two processes ended while it was alone is set aside. After a third, its release, the network is
/// not asked for it any more.
final class Trials: Sendable {
    private enum Mode {
        /// The last run ended well, or the start is complete.
        case off
        case requestedOnly
        case everything
    }

    private struct State {
        var mode = Mode.off
        var suspects: [SessionID: PreviousRun.Suspect] = [:]
        /// In the order in which they are to be tried.
        var line: [PreviousRun.Suspect] = []
        var noted: [SessionID] = []
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let logger: Logger

    init(store: any SessionStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Reads how the last run ended.
    func begin() async {
        do {
            let previous = try await store.beginRun()
            guard !previous.endedWell else { return }
            logger.notice("The last run did not end well; sessions are programmed with care", metadata: [
                "failedStarts": "\(previous.failedStarts)", "suspects": "\(previous.suspects.count)",
            ])
            state.withLockedValue { state in
                state.mode = previous.failedStarts == 0 ? .requestedOnly : .everything
                state.line = previous.suspects
                state.suspects = Dictionary(previous.suspects.map { ($0.session, $0) }, uniquingKeysWith: { first, _ in first })
            }
        } catch {
            logger.warning("How the last run ended cannot be read; the start goes on", metadata: ["error": "\(error)"])
        }
    }

    /// Those that may be asked for with others.
    func withoutSuspects(_ sessions: [Session]) -> [Session] {
        state.withLockedValue { state in
            state.suspects.isEmpty ? sessions : sessions.filter { state.suspects[$0.id] == nil }
        }
    }

    func isSuspect(_ id: SessionID) -> Bool {
        state.withLockedValue { $0.suspects[id] != nil }
    }

    /// Notes those of a page's sessions that this start has to note, before the network is asked for them.
    func note(_ sessions: [Session], others: [SessionID]) async {
        let ids = state.withLockedValue { state -> [SessionID] in
            switch state.mode {
            case .off: []
            case .requestedOnly: sessions.filter { $0.status == .requested }.map(\.id)
            case .everything: sessions.map(\.id) + others
            }
        }
        if !ids.isEmpty { await write(ids, alone: false) }
    }

    /// The next suspect, which may be asked for from now on and is noted; one to be left alone is neither.
    func nextSuspect() async -> PreviousRun.Suspect? {
        let next = state.withLockedValue { state -> PreviousRun.Suspect? in
            guard !state.line.isEmpty else { return nil }
            let next = state.line.removeFirst()
            if !next.isLeftAlone { state.suspects[next.session] = nil }
            return next
        }
        if let next, !next.isLeftAlone { await write([next.session], alone: true) }
        return next
    }

    /// The network is not being asked for anything that was noted.
    func pause() async {
        if state.withLockedValue({ !$0.noted.isEmpty }) { await write([], alone: false) }
    }

    /// The start is complete.
    func end() async {
        state.withLockedValue { state in
            state.mode = .off
            state.noted = []
        }
        do { try await store.settleRun() } catch {
            logger.warning("The end of the start could not be noted", metadata: ["error": "\(error)"])
        }
    }

    private func write(_ ids: [SessionID], alone: Bool) async {
        let finished = state.withLockedValue { state in
            defer { state.noted = ids }
            return state.noted
        }
        do { try await store.tryOut(ids, alone: alone, finished: finished) } catch {
            // Without a note the next start knows less, and no more than that.
            logger.warning("What is tried could not be noted", metadata: ["error": "\(error)"])
        }
    }
}

extension PreviousRun.Suspect {
    /// Whether it is ended.
    var isSetAside: Bool { deathsAlone >= Self.deathsUntilSetAside }
    /// Whether the network is not asked for it any more.
    var isLeftAlone: Bool { deathsAlone >= Self.deathsUntilLeftAlone }
}
