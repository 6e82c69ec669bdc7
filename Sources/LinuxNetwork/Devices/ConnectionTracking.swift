import QualityOnDemand
import Southbound

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The kernel's connection tracking table, asked by netlink. Blocks.
///
/// The kernel filters its table and answers with the matching connections (`CTA_FILTER`, Linux 5.8). An older kernel
/// answers with all connections, and the answer is filtered here. The table needs CAP_NET_ADMIN, as all work of a
/// gateway does.
struct ConnectionTracking: Sendable {
    /// The network namespace that is asked; `nil` for the process's own.
    var namespace: String?

    /// The addresses that services see as this address and port: of the devices that connected through it. If no
    /// device did, these are the addresses to which the port is forwarded.
    func addresses(behind address: IPv4Address, port: UInt16) throws(NetworkError) -> [IPv4Address] {
        let socket = try NetlinkSocket(.netfilter, namespace: namespace)
        for isForwarded in [false, true] {
            var found: Set<IPv4Address> = []
            // TCP and UDP: the kernel looks for a port of one protocol at a time.
            for transport in [6, 17] as [UInt8] {
                let query = TrackingQuery(address: address, port: port, transport: transport, isForwarded: isForwarded)
                found.formUnion(try ask(query, on: socket))
            }
            if !found.isEmpty { return found.sorted() }
        }
        return []
    }

    private func ask(_ query: TrackingQuery, on socket: NetlinkSocket) throws(NetworkError) -> Set<IPv4Address> {
        do throws(NetlinkError) {
            return try ask(query, isFiltered: true, on: socket)
        } catch {
            // The errors of a kernel that does not know how to filter.
            guard error.number == EINVAL || error.number == EOPNOTSUPP else { throw Self.unreadable(error) }
        }
        do throws(NetlinkError) { return try ask(query, isFiltered: false, on: socket) } catch { throw Self.unreadable(error) }
    }

    private func ask(_ query: TrackingQuery, isFiltered: Bool, on socket: NetlinkSocket) throws(NetlinkError) -> Set<IPv4Address> {
        var request = socket.messages()
        query.ask(isFiltered: isFiltered, &request)
        var found: Set<IPv4Address> = []
        // Connections come and go during the listing; every connection that stays for all of it is in the list.
        _ = try socket.list(request) { if let address = query.address(in: $0.body) { found.insert(address) } }
        return found
    }

    private static func unreadable(_ error: NetlinkError) -> NetworkError {
        NetworkError("the connection tracking table cannot be read: \(error)")
    }
}
