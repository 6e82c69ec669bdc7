import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound

@testable import LinuxNetwork

extension TestGateway {
    /// The source address that services see: the gateway's own address on their side.
    static let outside = "198.51.100.254"

    /// The name of the gateway's network namespace.
    var namespace: String { get throws { try configuration.namespace ?? "" } }

    /// Lets the gateway translate addresses between devices and services.
    func translate() throws {
        let rules = """
            table ip nat {
              chain post { type nat hook postrouting priority srcnat; oifname "wan0" masquerade; }
              chain pre { type nat hook prerouting priority dstnat; iifname "wan0" udp dport 7777 dnat to \(Self.device):7000; }
            }
            """
        try run(["nft", "-f", "-"], input: rules)
    }

    /// The gateway's connection table, read from this process.
    var tracking: ConnectionTracking {
        get throws { ConnectionTracking(namespace: try namespace) }
    }

    /// Sends a datagram from a port of a device's address.
    func send(from address: String, _ port: Int, to server: String, _ serverPort: Int, at place: String = "device", tcp: Bool = false) throws {
        let kind = tcp ? "SOCK_STREAM" : "SOCK_DGRAM"
        let program = """
            import socket
            s = socket.socket(socket.AF_INET, socket.\(kind))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.settimeout(0.3)
            s.bind(("\(address)", \(port)))
            try:
                s.connect(("\(server)", \(serverPort)))
                s.send(b"x")
            except OSError:
                pass
            """
        try run(["python3", "-c", program], at: place)
    }
}

/// The machine's clocks; sleeping uses an event loop.
struct TestTime: EngineClock {
    var now: Timestamp { SystemClock().now }
    var uptime: Duration { SystemClock().uptime }
    func sleep(for duration: Duration) async throws { try await pause(for: duration) }
}
