import CAMARA
import QualityOnDemand

/// What can be done with a session.
extension QoDSession {
    /// The session as it is now.
    ///
    /// - Throws: ``NetworkAsCodeError``; ``NetworkAsCodeError/Kind-swift.struct/notFound`` where it is gone.
    public func refresh() async throws(NetworkAsCodeError) -> QoDSession {
        try await refresh(deadline: nil)
    }

    /// Makes the session last longer; beyond what the profile allows it is capped.
    ///
    /// It is not sent again where the first attempt may have worked, because two extensions extend twice: after
    /// ``NetworkAsCodeError/Kind-swift.struct/connection`` or ``NetworkAsCodeError/Kind-swift.struct/timeout``,
    /// ``refresh()`` tells.
    ///
    /// - Parameter duration: How much longer, in whole seconds.
    /// - Returns: The session with its new duration and end.
    /// - Throws: ``NetworkAsCodeError``; ``NetworkAsCodeError/Kind-swift.struct/conflict`` where it is not available.
    @discardableResult
    public func extend(by duration: Duration) async throws(NetworkAsCodeError) -> QoDSession {
        let seconds: Int
        do {
            seconds = try at("duration") { () throws(InvalidValue) in try duration.wholeSeconds() }
        } catch {
            throw NetworkAsCodeError(error)
        }
        let body = ExtendSessionDuration(requestedAdditionalDuration: seconds)
        var call = try core.call("POST", try SessionPath.one(id, "/extend")) { body.write(to: &$0) }
        call.safety = .unsafe
        return with(try await core.session(call))
    }

    /// Ends the session and gives back what the network holds for it.
    ///
    /// - Throws: ``NetworkAsCodeError``; ``NetworkAsCodeError/Kind-swift.struct/notFound`` where it is gone already.
    public func delete() async throws(NetworkAsCodeError) {
        try await Sessions(core: core).delete(id)
    }

    func refresh(deadline: Duration?) async throws(NetworkAsCodeError) -> QoDSession {
        var call = try core.call("GET", try SessionPath.one(id))
        call.deadline = deadline
        return with(try await core.session(call))
    }

    private func with(_ info: ToldSession) -> QoDSession {
        QoDSession(core: core, info: info, fallback: device)
    }
}
