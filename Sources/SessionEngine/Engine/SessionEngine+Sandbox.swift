public import QualityOnDemand

/// What a sandbox lets its clients do beside the APIs, with their own sessions and assignments only.
extension SessionEngine {
    /// The network ends a session or an assignment now, as an operator or a sandbox may want.
    ///
    /// - Parameter device: the one that the access token names, if it names one; a session of another is out of reach.
    /// - Throws: ``EngineError`` where there is no such session, or it is another client's or another device's.
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
    ///   - ids: any ids, such as all that the network holds; ids without a stored session are left out.
    ///   - limit: how many are wanted at most.
    ///   - device: the one that the access token names, if it names one; sessions of others are left out.
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

    /// How many sessions one read of the store looks up.
    private static let page = 500
}
