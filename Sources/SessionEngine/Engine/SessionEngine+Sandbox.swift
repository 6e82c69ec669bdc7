public import QualityOnDemand
import Southbound

/// A sandbox's operations beside the APIs; a client may use them for its own sessions and assignments only.
extension SessionEngine {
    /// Ends a session or an assignment now, as if the network had ended it, for an operator or a sandbox.
    ///
    /// - Parameter device: the device of the access token, if the token names one. A session of another device is out
    ///   of reach.
    /// - Throws: ``EngineError`` if there is no such session, or the session belongs to another client or another
    ///   device.
    public func endFromNetwork(_ id: SessionID, of client: ClientID, device: Device? = nil) async throws(EngineError) {
        let found = try await stored { () async throws(StoreError) in try await store.session(id) }
        if found?.isAssignment == true {
            _ = try await assignment(id, of: client, device: device)
        } else {
            _ = try await session(id, of: client, device: device)
        }
        await reconciler.networkReported([.ended(id, reason: "The sandbox was asked to end the session from the network.")])
    }

    /// The first of the ids that are sessions or assignments of the client, in the order given.
    ///
    /// - Parameters:
    ///   - ids: any ids, such as all ids that the network holds; ids without a stored session are left out.
    ///   - limit: the largest number of ids in the answer.
    ///   - device: the device of the access token, if the token names one. Sessions of other devices are left out.
    public func ownSessions(
        among ids: some Sequence<SessionID>, limit: Int, of client: ClientID, device: Device? = nil
    ) async throws(EngineError) -> [SessionID] {
        guard limit > 0 else { return [] }
        let reach = try await reach(of: client, device: device)
        var own: [SessionID] = []
        var rest = Array(ids)[...]
        while own.count < limit, !rest.isEmpty {
            let page = Array(rest.prefix(Self.page))
            rest = rest.dropFirst(Self.page)
            let sessions = try await stored { () async throws(StoreError) in try await store.sessions(page) }
            own += sessions.filter(reach.includes).map(\.id)
        }
        return Array(own.prefix(limit))
    }

    /// How many sessions one read of the store finds.
    private static let page = 500
}
