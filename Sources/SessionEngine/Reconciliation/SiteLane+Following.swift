import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Makes sessions follow their devices: asks the directory for the devices' current addresses, and stores these
/// addresses. A device that comes from another site brings its sessions along.
extension SiteLane {
    /// A place where a device is now.
    private struct Whereabouts {
        let site: SiteName
        let key: DeviceKey
        let addresses: NetworkAddresses
    }

    /// Makes sessions follow their devices, without a call of the network yet.
    ///
    /// - Returns: the sessions as they are now.
    func follow(_ sessions: [Session]) async throws(StoreError) -> [Session] {
        var moves = await movesHere(sessions.filter { $0.isWanted(at: name) })
        for session in arrivals.take(sessions) where session.wantsNetwork && session.site != name {
            if let place = await find(session, at: [self.name]) { moves[session.id] = place }
        }
        guard !moves.isEmpty else { return sessions }
        let places = moves
        let fence = try fence()
        let changes = try await change(Array(places.keys), under: fence) { session in
            places[session.id].map { session.moved(to: $0.site, as: $0.key, addresses: $0.addresses) } ?? []
        }
        for change in changes where change.session.site != change.before.site {
            logger.info("A device is at another site now", metadata: [
                "session": "\(change.session.id)", "from": "\(change.before.site)", "to": "\(change.session.site)",
            ])
            reconciler.enqueue(change.session)
        }
        let stayed = try await stay(under: fence, changes.lazy.map(\.session).filter { $0.site == self.name && places[$0.id]?.site != self.name })
        let byID = Dictionary((changes.map(\.session) + stayed).map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        return sessions.map { byID[$0.id] ?? $0 }
    }

    /// Takes the addresses from sessions whose device has left this site, and that cannot go with it, because another
    /// session has the flow there.
    private func stay(under fence: Fence?, _ sessions: [Session]) async throws(StoreError) -> [Session] {
        guard !sessions.isEmpty else { return [] }
        logger.warning("A device is at another site now, where another session has the same flow", metadata: [
            "sessions": "\(sessions.map(\.id))",
        ])
        let name = name
        return try await change(sessions.map(\.id), under: fence) { session in
            session.site == name ? session.moved(to: NetworkAddresses(ipv4: nil, ipv6: nil)) : []
        }.map(\.session)
    }

    /// The sessions of this site whose device has moved, with the place where it is now.
    private func movesHere(_ sessions: [Session]) async -> [SessionID: Whereabouts] {
        guard !sessions.isEmpty else { return [:] }
        let known = Dictionary(sessions.map { ($0.subject.key, $0.subject.addresses) }, uniquingKeysWith: { _, last in last })
        let answers = await directory.addresses(of: known)
        var moves: [SessionID: Whereabouts] = [:]
        var failure: (error: DirectoryError, count: Int)?
        for session in sessions {
            var addresses = NetworkAddresses(ipv4: nil, ipv6: nil)
            switch answers[session.subject.key] {
            case .success(let now): addresses = now
            case .failure(.notFound): break
            case .failure(let error):
                failure = (error, (failure?.count ?? 0) + 1)
                continue
            case nil: continue
            }
            if addresses.isEmpty, let place = await find(session, at: others) {
                moves[session.id] = place
            } else if addresses != session.subject.addresses {
                moves[session.id] = Whereabouts(site: name, key: session.subject.key, addresses: addresses)
            }
        }
        if let failure {
            // The sessions keep their addresses; the next comparison asks the directory again.
            logger.warning("The device directory could not be asked for devices' addresses", metadata: [
                "sessions": "\(failure.count)", "error": "\(failure.error)",
            ])
        }
        return moves
    }

    private var others: [SiteName] { reconciler.sites.all.map(\.name).filter { $0 != name } }

    /// The first of the sites where a session's device has an address. An address says nothing about the device at
    /// another site, so only a device with a name is found: by its key in a directory of the same kind, else by the
    /// names in the request.
    private func find(_ session: Session, at sites: [SiteName]) async -> Whereabouts? {
        for site in sites {
            guard let directory = reconciler.sites[site]?.directory else { continue }
            let key = session.subject.key.own.at(site)
            let none = NetworkAddresses(ipv4: nil, ipv6: nil)
            if case .success(let addresses)? = await directory.addresses(of: [key: none])[key], !addresses.isEmpty {
                return Whereabouts(site: site, key: key, addresses: addresses)
            }
            if let device = session.subject.named, let found = try? await directory.resolve(device), !found.addresses.isEmpty {
                return Whereabouts(site: site, key: found.key, addresses: found.addresses)
            }
        }
        return nil
    }
}

/// The sessions of other sites whose device this site has reported. Only a report brings a session here, so that a
/// device that is at two sites does not go to and fro.
final class Arrivals: Sendable {
    private let ids = NIOLockedValueBox<Set<SessionID>>([])
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// - Returns: whether there was room. A session without room moves when its device's address at its own site is gone.
    func note(_ id: SessionID) -> Bool {
        ids.withLockedValue { ids in
            guard ids.count < capacity else { return false }
            ids.insert(id)
            return true
        }
    }

    /// Removes sessions, and returns those that were noted.
    func take(_ sessions: [Session]) -> [Session] {
        ids.withLockedValue { ids in
            ids.isEmpty ? [] : sessions.filter { ids.remove($0.id) != nil }
        }
    }
}

extension Session.Subject {
    /// The device by the names that are the same at every site; `nil` if the request named only addresses.
    fileprivate var named: Device? {
        try? Device(phoneNumber: device?.phoneNumber, networkAccessIdentifier: device?.networkAccessIdentifier)
    }
}
