import Foundation
import SessionEngine
import Southbound

@testable import LinuxNetwork

/// A gateway, a device and a service in separate network namespaces; the machine's own network stays unchanged.
///
///     device 10.45.4.1 ── ran0 gateway wan0 ── service 198.51.100.7
struct TestGateway {
    static let device = "10.45.4.1"
    static let deviceIPv6 = "2001:db8:45::1000"
    /// Another device.
    static let neighbour = "10.45.4.2"
    static let service = "198.51.100.7"
    static let serviceIPv6 = "2001:db8:7::7"

    /// Whether the tests may create namespaces (`NAC_INTEGRATION`) and can create them:
    /// root, ip, tc and nft are necessary.
    static let isPossible: Bool = {
        guard ProcessInfo.processInfo.environment["NAC_INTEGRATION"] == "1", geteuid() == 0, (try? Tool(prefix: []).run(["nft", "--version"])) != nil else { return false }
        return (try? withGateway { _ = try $0.run(["tc", "qdisc", "show"]) }) != nil
    }()

    private let names: [String: String]

    /// The gateway's requests to the kernel, and the kernel's state.
    var gateway: Gateway {
        get throws { Gateway(try configuration, kernel: LinuxKernel(try configuration)) }
    }

    var configuration: LinuxNetworkConfiguration {
        get throws { try configuration(down: 100_000_000, up: 50_000_000) }
    }

    func configuration(down: Int, up: Int) throws -> LinuxNetworkConfiguration {
        try LinuxNetworkConfiguration(
            downlink: .init(interface: "ran0", capacity: down), uplink: .init(interface: "wan0", capacity: up), namespace: names["gateway"])
    }

    /// Runs a command in the gateway's namespace, or in another one.
    @discardableResult
    func run(_ command: [String], at place: String = "gateway", input: String = "") throws -> String {
        String(decoding: try Tool(prefix: prefix(place), timeout: 300).run(command, input: input), as: UTF8.self)
    }

    /// The classes of sessions on an interface.
    func sessionClasses(_ interface: String) throws -> [String] {
        try run(["tc", "class", "show", "dev", interface]).split(separator: "\n").compactMap { line in
            let id = String(line.split(separator: " ")[2])
            return id.hasPrefix("4e41:") && !["4e41:1", "4e41:2", "4e41:3"].contains(id) ? id : nil
        }.sorted()
    }

    /// The number of packets that a class has sent.
    func packets(_ id: String, _ interface: String) throws -> Int {
        let words = try run(["tc", "-s", "class", "show", "dev", interface]).split { $0 == " " || $0 == "\n" }
        // "Sent 87 bytes 3 pkt"
        guard let start = words.firstIndex(where: { $0 == id }), let sent = words[start...].firstIndex(of: "Sent"), let count = Int(words[sent + 3]) else {
            throw NetworkError("\(interface) has no class \(id)")
        }
        return count
    }

    /// Creates the namespaces, and removes them on every exit.
    static func withGateway<Result>(_ body: (TestGateway) throws -> Result) throws -> Result {
        let gateway = try TestGateway()
        defer { gateway.remove() }
        try gateway.connect()
        return try body(gateway)
    }

    /// Creates the namespaces, and removes them on every exit.
    static func withGateway<Result>(_ body: (TestGateway) async throws -> Result) async throws -> Result {
        let gateway = try TestGateway()
        defer { gateway.remove() }
        try gateway.connect()
        return try await body(gateway)
    }

    private init() throws {
        let mark = UInt32.random(in: 0...(.max))
        names = ["gateway": "nac-\(mark)-g", "device": "nac-\(mark)-d", "service": "nac-\(mark)-s"]
    }

    /// The network namespace of a place, by its name in `ip netns`.
    func namespace(_ place: String) -> String { names[place, default: ""] }

    private func prefix(_ place: String) -> [String] { ["ip", "netns", "exec", names[place, default: ""]] }

    private func connect() throws {
        for name in names.values { try Tool(prefix: []).run(["ip", "netns", "add", name]) }
        try reconnect()
        try join("wan0", ["198.51.100.254/24", "2001:db8:7::1/64"], to: "service", ["\(Self.service)/24", "\(Self.serviceIPv6)/64"])
        for file in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] { try run(["tee", "/proc/sys/net/\(file)"], input: "1") }
    }

    /// Restores the link to the devices after its deletion. The devices are one host, which
    /// has an address for each device.
    func reconnect() throws {
        try join("ran0", ["10.45.0.1/16", "2001:db8:45::1/64"], to: "device", ["\(Self.device)/16", "\(Self.neighbour)/16", "\(Self.deviceIPv6)/64"])
    }

    /// Packets have the size of a real link, and addresses are usable at once. The first
    /// addresses belong to the router.
    private func join(_ interface: String, _ addresses: [String], to place: String, _ others: [String]) throws {
        try run(["ip", "link", "add", interface, "type", "veth", "peer", "name", "eth0", "netns", names[place, default: ""]])
        for (place, interface, addresses) in [("gateway", interface, addresses), (place, "eth0", others)] {
            var lines = addresses.map { "address add \($0) dev \(interface)\($0.contains(":") ? " nodad" : "")\n" }.joined()
            lines += "link set \(interface) gso_max_segs 1 up\n"
            try run(["ip", "-batch", "-"], at: place, input: lines)
        }
        let routes = addresses.map { "route add default via \($0.prefix { $0 != "/" }) congctl cubic\n" }.joined()
        try run(["ip", "-batch", "-"], at: place, input: routes)
    }

    private func remove() {
        // The interfaces disappear with the namespaces.
        for name in names.values { _ = try? Tool(prefix: []).run(["ip", "netns", "delete", name]) }
    }
}
