import QualityOnDemand
import Southbound

/// Finds the sessions that overlap with some traffic by key. So the time does not grow with other sessions, not even
/// of the same device or to the same service.
struct OverlapIndex: Sendable {
    private var devices: [Device: [IPSubnet: Servers]] = [:]

    private struct Device: Hashable {
        let address: IPSubnet
        let isFallback: Bool

        init(_ destination: WantedTraffic.Destination) {
            (address, isFallback) = (destination.device, destination.isFallback)
        }
    }

    /// The sessions of a device for one service. A session with single ports is found by them: by the ports at the
    /// service, else by the ports at the device.
    fileprivate struct Servers {
        var byServerPort: [UInt16: Set<SessionID>] = [:]
        var byDevicePort: [UInt16: Set<SessionID>] = [:]
        var others: Set<SessionID> = []

        var isEmpty: Bool { byServerPort.isEmpty && byDevicePort.isEmpty && others.isEmpty }
    }

    mutating func insert(_ session: SessionID, _ traffic: WantedTraffic) {
        for (destination, ports) in traffic.destinations {
            devices[Device(destination), default: [:]][destination.server, default: Servers()].insert(session, ports)
        }
    }

    mutating func remove(_ session: SessionID, _ traffic: WantedTraffic) {
        for (destination, ports) in traffic.destinations {
            let device = Device(destination)
            devices[device]?[destination.server]?.remove(session, ports)
            if devices[device]?[destination.server]?.isEmpty == true { devices[device]?[destination.server] = nil }
            if devices[device]?.isEmpty == true { devices[device] = nil }
        }
    }

    /// The sessions that could overlap with some traffic: all that overlap, and few others.
    func candidates(for traffic: WantedTraffic) -> Set<SessionID> {
        var found: Set<SessionID> = []
        for (destination, ports) in traffic.destinations {
            guard let servers = devices[Device(destination)] else { continue }
            if destination.server.isSingleAddress, let sessions = servers[destination.server] {
                sessions.collect(ports, into: &found)
                guard servers.count > 1 else { continue }
            }
            // A subnet is contained only in the subnets of its own address with fewer bits; there are 128 of them at
            // most.
            for length in 0..<destination.server.prefixLength {
                servers[destination.server.truncated(to: length)]?.collect(ports, into: &found)
            }
            guard !destination.server.isSingleAddress else { continue }
            for (server, sessions) in servers where server.prefixLength >= destination.server.prefixLength && server.overlaps(destination.server) {
                sessions.collect(ports, into: &found)
            }
        }
        return found
    }
}

extension OverlapIndex.Servers {
    fileprivate mutating func insert(_ session: SessionID, _ ports: PortGrid) {
        if let list = ports.serverPorts {
            for port in list { byServerPort[port, default: []].insert(session) }
        } else if let list = ports.devicePorts {
            for port in list { byDevicePort[port, default: []].insert(session) }
        } else {
            others.insert(session)
        }
    }

    fileprivate mutating func remove(_ session: SessionID, _ ports: PortGrid) {
        if let list = ports.serverPorts {
            for port in list { byServerPort.remove(session, at: port) }
        } else if let list = ports.devicePorts {
            for port in list { byDevicePort.remove(session, at: port) }
        } else {
            others.remove(session)
        }
    }

    fileprivate func collect(_ ports: PortGrid, into found: inout Set<SessionID>) {
        found.formUnion(others)
        byServerPort.collect(ports.serverPorts, into: &found)
        byDevicePort.collect(ports.devicePorts, into: &found)
    }
}

extension [UInt16: Set<SessionID>] {
    fileprivate mutating func remove(_ session: SessionID, at port: UInt16) {
        self[port]?.remove(session)
        if self[port]?.isEmpty == true { self[port] = nil }
    }

    /// - Parameter ports: `nil` for all.
    fileprivate func collect(_ ports: [UInt16]?, into found: inout Set<SessionID>) {
        guard let ports else { return values.forEach { found.formUnion($0) } }
        for port in ports {
            if let sessions = self[port] { found.formUnion(sessions) }
        }
    }
}
