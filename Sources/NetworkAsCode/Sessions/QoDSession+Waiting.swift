import QualityOnDemand

/// Waiting for the network.
extension QoDSession {
    /// Waits until the network provides the session. If the session is already available, this method returns at once.
    ///
    /// - Parameter timeout: The longest wait, including requests.
    /// - Returns: The session after the wait.
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/sessionEnded`` if the
    ///   session ends instead, and ``NetworkAsCodeError/Kind-swift.struct/timeout`` if the wait takes too long.
    @discardableResult
    public func waitUntilAvailable(timeout: Duration = .seconds(60)) async throws(NetworkAsCodeError) -> QoDSession {
        let time = core.time
        let deadline = time.uptime() + timeout
        var schedule = PollingSchedule()
        var session = self
        while true {
            switch session.status {
            case .available: return session
            case .unavailable: throw session.ended
            // An unknown status is neither of the two; another status may follow.
            default: break
            }
            let wait = schedule.wait(status: session.status, expiresAt: nil, now: time.wallTime())
            guard time.uptime() + wait < deadline else {
                throw NetworkAsCodeError(.timeout, message: "session \(id) is not available after \(timeout)")
            }
            do { try await time.sleep(wait) } catch { throw .cancelled }
            session = try await session.next(deadline: deadline)
        }
    }

    private var ended: NetworkAsCodeError {
        let reason = statusInfo.map { ": \($0.rawValue)" } ?? ""
        return NetworkAsCodeError(.sessionEnded, message: "session \(id) is unavailable\(reason)")
    }

    private func next(deadline: Duration) async throws(NetworkAsCodeError) -> QoDSession {
        do {
            return try await refresh(deadline: deadline)
        } catch {
            guard error.kind == .notFound else { throw error }
            throw error.asSessionEnded("session \(id) ended before it became available")
        }
    }
}
