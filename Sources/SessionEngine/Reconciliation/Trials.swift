import Logging
import NIOConcurrencyHelpers
import QualityOnDemand

/// Finds the session that makes the process end during a call of the network. The search may take several starts.
///
/// After a run that ended well there is nothing to find, and nothing is written. After a run that did not end well,
/// the first comparison notes sessions in the store before it asks the network for them:
///
/// - after one such end, only the requested sessions, because the others have been programmed before;
/// - after a start that was not completed, all sessions, page by page;
/// - sessions that were noted when a process ended are suspects: they come last, each alone.
///
/// A suspect is set aside after two processes ended while it was tried alone. If its release ends a third process,
/// the network is not asked for the suspect any more.
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
        /// The suspects in the order of their trials.
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

    /// The sessions that are no suspects and may share a call.
    func withoutSuspects(_ sessions: [Session]) -> [Session] {
        state.withLockedValue { state in
            state.suspects.isEmpty ? sessions : sessions.filter { state.suspects[$0.id] == nil }
        }
    }

    func isSuspect(_ id: SessionID) -> Bool {
        state.withLockedValue { $0.suspects[id] != nil }
    }

    /// Notes sessions of a page, as far as this start requires, before the network is asked for them.
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

    /// The next suspect, which is noted and may be tried from now on. A suspect to be left alone is not noted and not
    /// tried.
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

    /// Notes that no call for a noted session is under way.
    func pause() async {
        if state.withLockedValue({ !$0.noted.isEmpty }) { await write([], alone: false) }
    }

    /// Notes that the start is complete.
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
            // Without a note, the next start has less information, but works.
            logger.warning("What is tried could not be noted", metadata: ["error": "\(error)"])
        }
    }
}

extension PreviousRun.Suspect {
    /// Whether the session is ended.
    var isSetAside: Bool { deathsAlone >= Self.deathsUntilSetAside }
    /// Whether the network is not asked for the session any more.
    var isLeftAlone: Bool { deathsAlone >= Self.deathsUntilLeftAlone }
}
