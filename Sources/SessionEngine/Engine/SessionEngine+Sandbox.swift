import Logging
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
        guard let lane = found.flatMap({ reconciler.lane(of: $0.site) }) else { return }
        await lane.networkReported([.ended(id, reason: "The sandbox was asked to end the session from the network.")])
    }

    /// What the network of a site holds, for a sandbox.
    public struct Holding: Sendable {
        public let site: SiteName
        /// The kind of network, such as `simulated`.
        public let network: String
        /// All sessions that the network holds, in the order of their ids; `nil` if the network cannot list.
        public let sessions: [SessionID]?
    }

    /// What the networks of all sites hold.
    public func holdings() async throws(EngineError) -> [Holding] {
        var holdings: [Holding] = []
        for lane in reconciler.lanes {
            do {
                holdings.append(Holding(site: lane.name, network: lane.network.name, sessions: try await lane.network.heldSessions()))
            } catch {
                logger.warning("The network could not be asked for its sessions", metadata: ["site": "\(lane.name)", "error": "\(error)"])
                throw EngineError(.unavailable, "The network cannot be asked for its sessions now.")
            }
        }
        return holdings
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

extension NetworkDriver {
    fileprivate func heldSessions() async throws(NetworkError) -> [SessionID]? {
        var all: [SessionID] = []
        while true {
            guard let page = try await inventory(after: all.last, limit: 1000) else { return nil }
            all += page.map(\.session)
            if page.count < 1000 { return all }
        }
    }
}
