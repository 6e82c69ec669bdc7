import Logging
import QualityOnDemand
import Southbound

/// Makes sessions follow their devices: asks the directory for the devices' current addresses, and stores these
/// addresses.
struct DeviceFollower: Sendable {
    let store: any SessionStore
    let directory: any DeviceDirectory
    let logger: Logger

    /// - Returns: the sessions as they are now, and the sessions that have new addresses and want the network.
    func follow(_ sessions: [Session]) async throws(StoreError) -> (all: [Session], moved: [Session]) {
        let found = await newAddresses(sessions)
        guard !found.isEmpty else { return (sessions, []) }
        let changes = try await store.change(Array(found.keys)) { session in found[session.id].map { session.moved(to: $0) } ?? [] }
        let byID = Dictionary(changes.map { ($0.session.id, $0.session) }, uniquingKeysWith: { first, _ in first })
        return (sessions.map { byID[$0.id] ?? $0 }, changes.map(\.session).filter(\.wantsNetwork))
    }

    /// The new addresses of the sessions whose device has moved.
    private func newAddresses(_ sessions: [Session]) async -> [SessionID: NetworkAddresses] {
        var found: [SessionID: NetworkAddresses] = [:]
        for session in sessions where session.wantsNetwork {
            let former = session.subject.addresses
            do {
                let now = try await directory.addresses(of: session.subject.key, formerly: former)
                if now != former { found[session.id] = now }
            } catch {
                // The sessions keep their addresses; the next comparison asks the directory again.
                logger.warning("The device directory could not be asked for a device's addresses", metadata: ["error": "\(error)"])
                break
            }
        }
        return found
    }
}
