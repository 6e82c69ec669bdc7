import CAMARA
import QualityOnDemand

/// The operations of a session.
extension QoDSession {
    /// Reads the session from the provider.
    ///
    /// - Returns: The session in its present state.
    /// - Throws: ``NetworkAsCodeError``; its kind is
    ///   ``NetworkAsCodeError/Kind-swift.struct/notFound`` if the session is gone.
    public func refresh() async throws(NetworkAsCodeError) -> QoDSession {
        try await refresh(deadline: nil)
    }

    /// Extends the session. The longest duration of the profile limits the extension.
    ///
    /// If the first attempt may have succeeded, the SDK does not retry, because two extensions extend the session
    /// twice. After ``NetworkAsCodeError/Kind-swift.struct/connection`` or
    /// ``NetworkAsCodeError/Kind-swift.struct/timeout``, check the end of the session with ``refresh()``.
    ///
    /// - Parameter duration: The additional time, in whole seconds.
    /// - Returns: The session with its new duration and end.
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/conflict`` if the
    ///   session is not available.
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

    /// Deletes the session. The network releases everything that it holds for the session.
    ///
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/notFound`` if the
    ///   session is already gone.
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
