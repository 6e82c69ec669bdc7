import QualityOnDemand
import Southbound

/// The routes of packets.
extension LinuxKernel {
    func destination(of address: IPSubnet) throws(NetworkError) -> PacketDestination {
        let (socket, devices) = (try open().route, try interface(.downlink).index)
        var messages = socket.messages()
        RouteMessages.findRoute(to: address, &messages)
        var (outgoing, isOwn): (Int32?, Bool) = (nil, false)
        // "No route" is an answer too; the kernel has several errors for it.
        do {
            try socket.perform(messages) {
                guard let found = RouteMessages.outgoing($0) else { return }
                (outgoing, isOwn) = (found, RouteMessages.isOwn($0))
            }
        } catch { return .elsewhere }
        return isOwn ? .gateway : outgoing == devices ? .devices : .elsewhere
    }

    func obstacles() throws(NetworkError) -> [String] {
        let socket = try open().filter
        var messages = socket.messages()
        FilterMessages.listFlowTables(&messages)
        let interfaces = Set(Direction.allCases.map { configuration.link($0).interface })
        var found: [String] = []
        // A kernel that does not support flow tables has none.
        _ = try? socket.list(messages) { message in
            guard let table = FilterMessages.flowTable(message), !interfaces.isDisjoint(with: table.interfaces) else { return }
            found.append(
                "the flow table \(table.name) forwards packets past all rules on \(interfaces.intersection(table.interfaces).sorted().joined(separator: " and "));"
                    + " exclude the devices of sessions from it, or remove these interfaces from it")
        }
        return found
    }
}
