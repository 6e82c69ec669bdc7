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
        /// The sessions that were noted last, for each site.
        var noted: [SiteName: [SessionID]] = [:]
        /// The sites whose start is complete.
        var complete: Set<SiteName> = []
        var beginning: Task<Void, Never>?
    }

    private let state = NIOLockedValueBox(State())
    private let store: any SessionStore
    private let logger: Logger
    private let starts: Int

    /// - Parameter starts: the number of sites, whose starts all belong to the start of the process.
    init(store: any SessionStore, starts: Int, logger: Logger) {
        self.store = store
        self.starts = starts
        self.logger = logger
    }

    /// Reads how the last run ended, once for all sites.
    func begin() async {
        let reading = state.withLockedValue { state in
            let task = state.beginning ?? Task { await read() }
            state.beginning = task
            return task
        }
        await reading.value
    }

    private func read() async {
        // The end of one of several servers says nothing about the sessions that it worked on: the others go on.
        guard !store.isShared else { return }
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

    /// Notes sessions of a page, as far as this start requires, before the network of a site is asked for them.
    func note(_ sessions: [Session], others: [SessionID], at site: SiteName) async {
        let ids = state.withLockedValue { state -> [SessionID] in
            guard !state.complete.contains(site) else { return [] }
            return switch state.mode {
            case .off: []
            case .requestedOnly: sessions.filter { $0.status == .requested }.map(\.id)
            case .everything: sessions.map(\.id) + others
            }
        }
        if !ids.isEmpty { await write(ids, alone: false, at: site) }
    }

    /// The suspects that were not tried yet, in the order of their trials.
    var waiting: [PreviousRun.Suspect] { state.withLockedValue { $0.line } }

    /// Takes a suspect, which is noted and may be tried from now on. A suspect to be left alone is not noted and not
    /// tried.
    func take(_ suspect: PreviousRun.Suspect, at site: SiteName) async {
        state.withLockedValue { state in
            state.line.removeAll { $0.session == suspect.session }
            if !suspect.isLeftAlone { state.suspects[suspect.session] = nil }
        }
        if !suspect.isLeftAlone { await write([suspect.session], alone: true, at: site) }
    }

    /// Notes that no call for a noted session of a site is under way.
    func pause(at site: SiteName) async {
        if state.withLockedValue({ $0.noted[site]?.isEmpty == false }) { await write([], alone: false, at: site) }
    }

    /// Notes that the start of a site is complete. After the last site, the start of the process is complete.
    func end(at site: SiteName) async {
        let isLast = state.withLockedValue { state in
            state.complete.insert(site)
            guard state.complete.count == starts else { return false }
            state.mode = .off
            state.noted = [:]
            return true
        }
        guard isLast else { return await pause(at: site) }
        guard !store.isShared else { return }
        do { try await store.settleRun() } catch {
            logger.warning("The end of the start could not be noted", metadata: ["error": "\(error)"])
        }
    }

    private func write(_ ids: [SessionID], alone: Bool, at site: SiteName) async {
        let finished = state.withLockedValue { state in
            defer { state.noted[site] = ids }
            return state.noted[site] ?? []
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
