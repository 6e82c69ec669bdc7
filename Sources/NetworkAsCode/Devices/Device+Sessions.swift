import CAMARA

/// A device's sessions.
extension Device {
    /// The sessions of this device that this client created; empty where there are none.
    ///
    /// - Throws: ``NetworkAsCodeError``; ``NetworkAsCodeError/Kind-swift.struct/notFound`` where the provider does not
    ///   know the device.
    public func sessions() async throws(NetworkAsCodeError) -> [QoDSession] {
        let body = RetrieveSessionsInput(device: try validated())
        let call = try core.call("POST", SessionPath.byDevice) { body.write(to: &$0) }
        let infos = try await core.value(call, SessionAnswer.list)
        return infos.map { QoDSession(core: core, info: $0, fallback: self) }
    }

    /// Deletes all sessions of this device that this client created, several at a time. One that is gone already is
    /// no error.
    ///
    /// - Returns: The ids of the sessions that were deleted.
    /// - Throws: ``NetworkAsCodeError``. Where some could not be deleted, all others are nevertheless, and the error is
    ///   ``NetworkAsCodeError/Kind-swift.struct/sessionsNotCleared`` with the rest in
    ///   ``NetworkAsCodeError/sessionFailures``: it is thrown, not returned, so that it cannot go unseen.
    @discardableResult
    public func clearSessions() async throws(NetworkAsCodeError) -> [String] {
        let sessions = try await sessions()
        var deleted: [String] = []
        var failures: [NetworkAsCodeError.SessionFailure] = []
        for (session, outcome) in zip(sessions, await deletions(of: sessions)) {
            switch outcome {
            case .success: deleted.append(session.id)
            case .failure(let error) where error.kind == .notFound: break
            case .failure(let error): failures.append(.init(sessionID: session.id, error: error))
            }
        }
        guard failures.isEmpty else { throw Self.notCleared(failures, of: sessions.count) }
        return deleted
    }

    /// Deletes each, so many at a time, and tells the outcomes in the order of the sessions.
    private func deletions(of sessions: [QoDSession]) async -> [Result<Void, NetworkAsCodeError>] {
        await withTaskGroup(of: (Int, Result<Void, NetworkAsCodeError>).self) { group in
            var outcomes = [Result<Void, NetworkAsCodeError>](repeating: .failure(.cancelled), count: sessions.count)
            var waiting = sessions.enumerated().makeIterator()
            func startNext() {
                guard let (index, session) = waiting.next() else { return }
                group.addTask {
                    do throws(NetworkAsCodeError) {
                        try await session.delete()
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
