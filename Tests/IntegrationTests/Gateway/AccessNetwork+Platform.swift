import Foundation
import Testing

/// The platform in the gateway, and its tool.
extension AccessNetwork {
    static let serviceIPv6 = "2001:db8:7::7"
    /// The device's own address on its link.
    static let deviceIPv6 = "2001:db8:45::1000"
    /// Addresses of a prefix that is routed to the device.
    static let delegated = ["2001:db8:45:7::5", "2001:db8:45:7::6"]

    /// Starts `nac serve` in the gateway and waits until it listens.
    func serve(subnets: String) async throws -> ChildProcess {
        try await serve(
            ["--network", "linux", "--device-subnets", subnets],
            environment: [
                "NAC_NETWORK_DOWNLINK_INTERFACE": "ran0", "NAC_NETWORK_DOWNLINK_CAPACITY": "100Mbps",
                "NAC_NETWORK_UPLINK_INTERFACE": "wan0", "NAC_NETWORK_UPLINK_CAPACITY": "50Mbps",
            ])
    }

    func serve(_ arguments: [String], environment: [String: String] = [:]) async throws -> ChildProcess {
        let process = try start(
            "gateway", [try #require(Binaries.nac), "serve", "--database", "sqlite:\(folder)/nac.db"] + arguments,
            environment: ["NAC_LIMITS_ANSWER_WAIT": "10000"].merging(environment) { $1 })
        try await wait(upTo: .seconds(60), for: "the platform in the gateway") {
            guard process.isRunning else { throw ServerProcess.Ended(description: process.errors) }
            return process.output.contains("http://127.0.0.1:")
        }
        return process
    }

    /// Runs the tool in the gateway to its end.
    func tool(_ arguments: [String]) async throws -> (code: Int32, output: String, errors: String) {
        let process = try start("gateway", [try #require(Binaries.nac)] + arguments + ["--token", "sandbox", "--format", "json"])
        let code = try await process.exitCode(within: .seconds(60))
        return (code, process.output, process.errors)
    }

    /// Creates a session that must be available.
    ///
    /// - Returns: its id.
    func createSession(_ device: [String], to services: [String]) async throws -> String {
        let made = try await tool(creation(device, to: services))
        #expect(made.code == 0 && made.output.contains(#""qosStatus":"AVAILABLE""#), "\(made)")
        return String(try #require(made.output.firstMatch(of: /"sessionId":"([^"]+)"/)).1)
    }

    func creation(_ device: [String], to services: [String]) -> [String] {
        ["session", "create"] + device + services.flatMap { ["--service", $0] } + ["--profile", "QOS_S", "--duration", "10m"]
    }

    /// How many packets a session had in each direction, and the reason that the platform gives.
    func traffic(_ session: String) async throws -> (down: Int, up: Int, reason: String?) {
        let said = try await tool(["session", "get", session, "--traffic"])
        let info = try #require(try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any], "\(said)")
        func packets(_ direction: String) -> Int { (info[direction] as? [String: Any])?["packets"] as? Int ?? -1 }
        return (packets("downlink"), packets("uplink"), info["reason"] as? String)
    }

    /// Adds IPv6 to both Ethernet links, and a prefix that is routed to the device.
    func addIPv6() throws {
        try run(
            "gateway",
            """
            echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
            ip address add 2001:db8:45::1/64 dev ran0 nodad; ip address add 2001:db8:7::1/64 dev wan0 nodad
            ip route add 2001:db8:45:7::/64 via \(Self.deviceIPv6)
            """)
        for (place, addresses, gateway) in [
            ("device", [Self.deviceIPv6 + "/64"] + Self.delegated.map { $0 + "/128" }, "2001:db8:45::1"), ("service", [Self.serviceIPv6 + "/64"], "2001:db8:7::1"),
        ] {
            try run(place, addresses.map { "ip address add \($0) dev far0 nodad\n" }.joined() + "ip -6 route add default via \(gateway)")
        }
    }

    /// Sends packets from one of the device's addresses, each of which is answered.
    func ping(from source: String, to service: String, count: Int = 20) throws {
        try run("device", "ping -q -c \(count) -i 0.05 -W 5 -I \(source) \(service)")
    }
}
