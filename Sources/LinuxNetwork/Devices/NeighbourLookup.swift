import Logging
import NIOConcurrencyHelpers
import QualityOnDemand
import Southbound

/// Asks the kernel's neighbour table whether two addresses are of one network card.
final class NeighbourLookup: Sendable {
    private let namespace: String?
    private let logger: Logger
    private let queue = BlockingQueue(label: "GatewayDirectory.neighbours")
    private let waiting = NIOLockedValueBox(0)
    private let lastTrouble = NIOLockedValueBox("")
    private static let mostWaiting = 256

    /// - Parameter namespace: the network namespace that is asked; `nil` for the process's own.
    init(namespace: String? = nil, logger: Logger) {
        self.namespace = namespace
        self.logger = logger
    }

    /// Whether an address and a prefix belong to one network card; `false` also if the kernel cannot tell.
    ///
    /// A card with several IPv4 addresses may be a router's or a proxy's, so it proves nothing.
    func areSameDevice(_ address: IPv4Address, _ prefix: IPSubnet) async -> Bool {
        let mayWait = waiting.withLockedValue { waiting in
            guard waiting < Self.mostWaiting else { return false }
            waiting += 1
            return true
        }
        guard mayWait else { return false }
        defer { waiting.withLockedValue { $0 -= 1 } }
        let namespace = self.namespace
        switch await queue.run({ Result { () throws(NetworkError) in try Self.neighbours(namespace) } }) {
        case .success(let neighbours):
            lastTrouble.withLockedValue { $0 = "" }
            return Self.areSameDevice(address, prefix, neighbours)
        case .failure(let error):
            note(error)
            return false
        }
    }

    static func areSameDevice(_ address: IPv4Address, _ prefix: IPSubnet, _ neighbours: [Neighbour]) -> Bool {
        let address = IPSubnet.containing(address, prefixLength: 32)
        let places = Set(neighbours.lazy.filter { $0.address == address }.map(\.place))
        // One address at two cards is a conflict on the link, or a device that is just moving.
        guard places.count == 1, let place = places.first else { return false }
        let others = neighbours.lazy.filter { $0.place == place }
        return others.allSatisfy { $0.address.family == .ipv6 || $0.address == address } && others.contains { $0.address.overlaps(prefix) }
    }

    private static func neighbours(_ namespace: String?) throws(NetworkError) -> [Neighbour] {
        let socket = try NetlinkSocket(.route, namespace: namespace)
        var neighbours: [Neighbour] = []
        for family in [IPFamily.ipv4, .ipv6] {
            var request = socket.messages()
            NeighbourMessages.list(family, &request)
            do {
                // Neighbours come and go during the listing; every neighbour that stays for all of it is in the list.
                _ = try socket.list(request) { if let found = NeighbourMessages.neighbour($0) { neighbours.append(found) } }
            } catch {
                throw NetworkError("the neighbour table cannot be read: \(error)")
            }
        }
        return neighbours
    }

    /// Logs an error once, not for every request.
    private func note(_ error: NetworkError) {
        let isNew = lastTrouble.withLockedValue { last in
            defer { last = error.description }
            return last != error.description
        }
        if isNew { logger.error("The neighbour table cannot be used", metadata: ["error": "\(error)"]) }
    }
}
