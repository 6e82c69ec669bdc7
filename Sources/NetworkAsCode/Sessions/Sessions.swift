package import CAMARA

/// Sessions by their ids: ``NetworkAsCodeClient/sessions``.
public struct Sessions: Sendable {
    let core: Core

    /// The session with that id.
    ///
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/notFound`` if
    ///   there is no such session, and ``NetworkAsCodeError/Kind-swift.struct/forbidden`` if the session
    ///   belongs to another client.
    public func get(_ id: String) async throws(NetworkAsCodeError) -> QoDSession {
        let call = try core.call("GET", try SessionPath.one(id))
        let info = try await core.session(call)
        return QoDSession(core: core, info: info, fallback: nil)
    }

    /// Deletes a session by its id, without reading the session first.
    ///
    /// - Throws: ``NetworkAsCodeError``; its kind is ``NetworkAsCodeError/Kind-swift.struct/notFound`` if the
    ///   session is already gone.
    public func delete(_ id: String) async throws(NetworkAsCodeError) {
        try await core.delete(try core.call("DELETE", try SessionPath.one(id)))
    }

    /// The events of a session and the progress of their delivery. Only this project's platform offers them.
    package func events(of id: String) async throws(NetworkAsCodeError) -> [SessionEventInfo] {
        try await core.value(try core.call("GET", try SessionPath.insights(id, "/events")), SessionEventInfo.list)
    }

    /// Why the network refused or ended a session; `nil` if the provider gives no reason. Only this
    /// project's platform does.
    package func networkReason(of id: String) async -> String? {
        try? await traffic(of: id).reason
    }

    /// The actual traffic of a session's flow beside the promised rates. Only this project's platform offers this.
    package func traffic(of id: String) async throws(NetworkAsCodeError) -> SessionTrafficInfo {
        try await core.value(try core.call("GET", try SessionPath.insights(id)), SessionTrafficInfo.init)
    }
}
