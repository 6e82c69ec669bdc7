import CAMARA
import QualityOnDemand

/// A device's sessions.
extension Device {
    /// The sessions of this device that this client created; empty if there are none.
    ///
    /// The API has no pages, and providers answer at most 100 sessions (CAMARA, RetrieveSessionsOutput). So if
    /// the list has 100 sessions, there may be more. A session that cannot be read is left out, and the
    /// client's log has a warning.
    ///
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/notFound`` if the
    ///   provider does not know the device.
    public func sessions() async throws(NetworkAsCodeError) -> [QoDSession] {
        let list = try await listed()
        // One unreadable session does not spoil the list. But a list of only unreadable sessions is not empty.
        if list.sessions.isEmpty, let problem = list.problems.first {
            throw NetworkAsCodeError(.unexpectedAnswer, message: "the list of sessions cannot be read: \(problem)", sessionID: list.ids.first)
        }
        return list.sessions.map { QoDSession(core: core, info: $0, fallback: self) }
    }

    func listed() async throws(NetworkAsCodeError) -> SessionAnswer.List {
        let body = RetrieveSessionsInput(device: try validated())
        let call = try core.call("POST", SessionPath.byDevice) { body.write(to: &$0) }
        let list = try await core.value(call) { node throws(InvalidValue) in try SessionAnswer.list(node) }
        core.exchange.warn("a session in the provider's list cannot be read", list.problems)
        return list
    }

    /// Deletes all sessions of this device that this client created, several at the same time. A session that is
    /// already gone is not an error.
    ///
    /// A provider lists at most 100 sessions at once. So this method asks again until the
    /// provider lists no new session.
    ///
    /// - Returns: The ids of the deleted sessions.
    /// - Throws: ``NetworkAsCodeError``. If some sessions cannot be deleted, this method deletes all others and
    ///   throws ``NetworkAsCodeError/Kind-swift.struct/sessionsNotCleared``. ``NetworkAsCodeError/sessionFailures``
    ///   lists the sessions that remain. This method throws the failures instead of returning them, so that nobody
    ///   overlooks them.
    @discardableResult
    public func clearSessions() async throws(NetworkAsCodeError) -> [String] {
        var (seen, deleted): (Set<String>, [String]) = ([], [])
        var failures: [NetworkAsCodeError.SessionFailure] = []
        var isFirst = true
        while true {
            // For a moment, a provider may list sessions that are already deleted.
            let ids = try await idsLeft(isFirst: isFirst).filter { seen.insert($0).inserted }
            isFirst = false
            guard !ids.isEmpty else { break }
            for (id, outcome) in zip(ids, await deletions(of: ids)) {
                switch outcome {
                case .success: deleted.append(id)
                case .failure(let error) where error.kind == .notFound: break
                case .failure(let error): failures.append(.init(sessionID: id, error: error))
                }
            }
            guard !failures.contains(where: { $0.error.kind == .cancelled }) else { break }
        }
        guard failures.isEmpty else { throw Self.notCleared(failures, of: seen.count) }
        return deleted
    }

    /// Some providers no longer know a device that has no sessions left.
    private func idsLeft(isFirst: Bool) async throws(NetworkAsCodeError) -> [String] {
        do { return try await listed().ids } catch {
            guard error.kind == .notFound, !isFirst else { throw error }
            return []
        }
    }

    /// Deletes all sessions, a limited number at the same time, and returns the outcomes in the order of the ids.
    private func deletions(of ids: [String]) async -> [Result<Void, NetworkAsCodeError>] {
        let sessions = Sessions(core: core)
        return await withTaskGroup(of: (Int, Result<Void, NetworkAsCodeError>).self) { group in
            var outcomes = [Result<Void, NetworkAsCodeError>](repeating: .failure(.cancelled), count: ids.count)
            var waiting = ids.enumerated().makeIterator()
            func startNext() {
                guard let (index, id) = waiting.next() else { return }
                group.addTask {
                    do throws(NetworkAsCodeError) {
                        try await sessions.delete(id)
                        return (index, .success(()))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<max(core.exchange.configuration.maximumConcurrentDeletions, 1) { startNext() }
            while let (index, outcome) = await group.next() {
                outcomes[index] = outcome
                startNext()
            }
            return outcomes
        }
    }

    private static func notCleared(
        _ failures: [NetworkAsCodeError.SessionFailure], of count: Int
    ) -> NetworkAsCodeError {
        let isCancelled = failures.contains { $0.error.kind == .cancelled }
        return NetworkAsCodeError(
            isCancelled ? .cancelled : .sessionsNotCleared,
            message: "\(failures.count) of \(count) sessions could not be deleted; the first: \(failures[0].error.message)",
            sessionFailures: failures)
    }
}
