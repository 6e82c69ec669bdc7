package import CAMARA

/// Sessions by their ids: ``NetworkAsCodeClient/sessions``.
public struct Sessions: Sendable {
    let core: Core

    /// The session of that id.
    ///
    /// - Throws: ``NetworkAsCodeError``; ``NetworkAsCodeError/Kind-swift.struct/notFound`` where there is none,
    ///   ``NetworkAsCodeError/Kind-swift.struct/forbidden`` where it is another client's.
    public func get(_ id: String) async throws(NetworkAsCodeError) -> QoDSession {
        let call = try core.call("GET", try SessionPath.one(id))
        let info = try await core.session(call)
        return QoDSession(core: core, info: info, fallback: nil)
    }

    /// Ends a session by its id, without asking for it first.
    ///
    /// - Throws: ``NetworkAsCodeError``; ``NetworkAsCodeError/Kind-swift.struct/notFound`` where it is gone already.
    public func delete(_ id: String) async throws(NetworkAsCodeError) {
        try await core.delete(try core.call("DELETE", try SessionPath.one(id)))
    }

    /// The events of a session and how far their delivery has come; only this project's platform knows it.
    package func events(of id: String) async throws(NetworkAsCodeError) -> [SessionEventInfo] {
        try await core.value(try core.call("GET", try SessionPath.insights(id, "/events")), SessionEventInfo.list)
    }

    /// Why the network refused or ended a session; `nil` where the provider gives no reason. Only this project's platform does.
    package func networkReason(of id: String) async -> String? {
        try? await traffic(of: id).reason
    }

    /// What a session's flow really got, beside what was promised; only this project's platform knows it.
    package func traffic(of id: String) async throws(NetworkAsCodeError) -> SessionTrafficInfo {
        try await core.value(try core.call("GET", try SessionPath.insights(id)), SessionTrafficInfo.init)
    }
}
