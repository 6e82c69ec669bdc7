import Foundation
import SessionEngine

@testable import LinuxNetwork

/// A gateway, a device and a service in network namespaces of the test's own; the machine's own network is not touched.
///
///     device 10.45.4.1 ── ran0 gateway wan0 ── service 198.51.100.7
struct TestGateway {
    static let device = "10.45.4.1"
    static let service = "198.51.100.7"

    /// Whether such namespaces are wanted and can be made here: that needs root, and ip, tc and nft.
    static let isPossible: Bool = {
        guard ProcessInfo.processInfo.environment["NAC_INTEGRATION"] == "1", geteuid() == 0, (try? Tool(prefix: []).run(["nft", "--version"])) != nil else { return false }
        return (try? withGateway { _ = try $0.run(["tc", "qdisc", "show"]) }) != nil
    }()

    private let names: [String: String]

    /// What the kernel has been told, and how it is.
    var gateway: Gateway {
        get throws { Gateway(try configuration, kernel: LinuxKernel(try configuration)) }
    }

    var configuration: LinuxNetworkConfiguration {
        get throws {
            try LinuxNetworkConfiguration(
                downlink: .init(interface: "ran0", capacity: 100_000_000), uplink: .init(interface: "wan0", capacity: 50_000_000),
                namespace: names["gateway"])
        }
    }

    /// Runs a command in the gateway, or in another place.
    @discardableResult
    func run(_ command: [String], at place: String = "gateway", input: String = "") throws -> String {
        String(decoding: try Tool(prefix: prefix(place)).run(command, input: input), as: UTF8.self)
    }

    /// The classes of sessions on an interface.
    func sessionClasses(_ interface: String) throws -> [String] {
        try run(["tc", "class", "show", "dev", interface]).split(separator: "\n").compactMap { line in
            let id = String(line.split(separator: " ")[2])
            return id.hasPrefix("4e41:") && !["4e41:1", "4e41:2"].contains(id) ? id : nil
        }.sorted()
    }

    /// Makes the namespaces, and takes them away whatever happens.
    static func withGateway<Result>(_ body: (TestGateway) throws -> Result) throws -> Result {
        let gateway = try TestGateway()
        defer { gateway.remove() }
        try gateway.connect()
        return try body(gateway)
    }

    /// Makes the namespaces, and takes them away whatever happens.
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

    private func prefix(_ place: String) -> [String] { ["ip", "netns", "exec", names[place, default: ""]] }

    private func connect() throws {
        for name in names.values { try Tool(prefix: []).run(["ip", "netns", "add", name]) }
        try reconnect()
        try join("wan0", "198.51.100.1/24", to: "service", "\(Self.service)/24", via: "198.51.100.1")
        try run(["tee", "/proc/sys/net/ipv4/ip_forward"], input: "1")
    }

    /// The link to the device, where it is gone.
    func reconnect() throws {
        try join("ran0", "10.45.0.1/16", to: "device", "\(Self.device)/16", via: "10.45.0.1")
    }

    private func join(_ interface: String, _ address: String, to place: String, _ other: String, via router: String) throws {
        try run(["ip", "link", "add", interface, "type", "veth", "peer", "name", "eth0", "netns", names[place, default: ""]])
        for (place, interface, address) in [("gateway", interface, address), (place, "eth0", other)] {
            try run(["ip", "address", "add", address, "dev", interface], at: place)
            try run(["ip", "link", "set", interface, "up"], at: place)
        }
        try run(["ip", "route", "add", "default", "via", router], at: place)
    }

    private func remove() {
        // The interfaces go with them.
        for name in names.values { _ = try? Tool(prefix: []).run(["ip", "netns", "delete", name]) }
    }
}
