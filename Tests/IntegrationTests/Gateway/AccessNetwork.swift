import Foundation
import QoDTestSupport
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The kind of a gateway's links to its devices and its services.
enum AccessLink: String, CaseIterable, Sendable {
    case ethernet, vlan, pppoe, wireguard

    /// Whether this machine's kernel and tools can create such links. The kernel that is built
    /// for these tests must be able to.
    var isPossible: Bool {
        if ProcessInfo.processInfo.environment["NAC_KERNEL_IS"] == "debian" { return true }
        let probe =
            switch self {
            case .ethernet: "true"
            case .vlan: "ip link add link lo name nac-probe type vlan id 7"
            case .pppoe: "command -v pppd && command -v pppoe-server && grep -q PPPoE /proc/net/protocols"
            case .wireguard: "command -v wg && ip link add nac-probe type wireguard"
            }
        return (try? LabMachine.shell("ip netns add nac-probe-$$ && ip netns exec nac-probe-$$ sh -c '\(probe)'; s=$?; ip netns delete nac-probe-$$; exit $s")) != nil
    }

    static let possible = LabMachine.isPossible ? wanted.filter(\.isPossible) : []

    /// The kinds to test: `NAC_LINKS` names them, separated by commas. PPPoE is tested on demand only, because in the
    /// emulator its server and client did not finish within the time of a run.
    private static var wanted: [AccessLink] {
        guard let names = ProcessInfo.processInfo.environment["NAC_LINKS"] else { return allCases.filter { $0 != .pppoe } }
        return names.split(separator: ",").compactMap { name in allCases.first { "\($0)" == name } }
    }
}

/// A gateway with two links of one kind, in the test's own network namespaces:
///
///     device 10.45.4.1 ── ran0 gateway wan0 ── service 198.51.100.7
struct AccessNetwork: Sendable {
    static let device = "10.45.4.1"
    static let service = "198.51.100.7"

    let folder: String
    private let mark = "nac-\(UInt32.random(in: 0...9_999_999))"

    /// Creates the namespaces with their links, and removes them on every exit.
    static func with(_ kind: AccessLink, _ body: (AccessNetwork) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            let network = AccessNetwork(folder: folder)
            defer { network.remove() }
            try network.connect(kind)
            try await network.waitForLinks(kind)
            try await body(network)
        }
    }

    func namespace(_ place: String) -> String { "\(mark)-\(place)" }

    /// Runs a shell command in a place.
    @discardableResult
    func run(_ place: String, _ command: String) throws -> String {
        let file = "\(folder)/command-\(UUID().uuidString)"
        try command.write(toFile: file, atomically: true, encoding: .utf8)
        return try LabMachine.shell("cd \(folder) && ip netns exec \(namespace(place)) bash -e \(file) 2>>\(folder)/errors")
    }

    /// Starts a program in a place.
    func start(_ place: String, _ command: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        return try ChildProcess(
            "/usr/bin/env", ["ip", "netns", "exec", namespace(place)] + command, environment: ["PATH": path].merging(environment) { $1 }, in: folder)
    }

    // MARK: Links

    private func connect(_ kind: AccessLink) throws {
        for place in ["device", "gateway", "service"] { try LabMachine.shell("ip netns add \(namespace(place))") }
        try run("gateway", "ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_forward")
        for (place, below) in [("device", "below-ran"), ("service", "below-wan")] {
            try run("gateway", "ip link add \(below) type veth peer name eth0 netns \(namespace(place)); ip link set \(below) up")
            try run(place, "ip link set lo up; ip link set eth0 up")
        }
        try join(kind)
    }

    /// Creates the two links on top of the Ethernet links.
    private func join(_ kind: AccessLink) throws {
        let ends = [
            (place: "device", below: "below-ran", name: "ran0", near: "10.45.0.1", far: Self.device, length: 16),
            (place: "service", below: "below-wan", name: "wan0", near: "198.51.100.1", far: Self.service, length: 24),
        ]
        for (index, end) in ends.enumerated() {
            switch kind {
            case .ethernet:
                for (place, below, name, address) in [("gateway", end.below, end.name, end.near), (end.place, "eth0", "far0", end.far)] {
                    try run(
                        place,
                        """
                        ip link set \(below) down; ip link set \(below) name \(name); ip link set \(name) up
                        ip address add \(address)/\(end.length) dev \(name)
                        """)
                }
            case .vlan:
                for (place, below, name, address) in [("gateway", end.below, end.name, end.near), (end.place, "eth0", "far0", end.far)] {
                    try run(
                        place,
                        """
                        ip link add link \(below) name \(name) type vlan id \(10 + index)
                        ip address add \(address)/\(end.length) dev \(name); ip link set \(name) up
                        """)
                }
            case .wireguard:
                let (near, far) = ("192.0.2.\(1 + 4 * index)", "192.0.2.\(2 + 4 * index)")
                // Two tunnels end at the gateway, so each tunnel has its own port.
                let port = 51_820 + index
                try tunnel("gateway", below: end.below, name: end.name, port: port, own: near, other: far, address: "\(end.near)/\(end.length)", keys: (end.name, end.place))
                try tunnel(end.place, below: "eth0", name: "far0", port: port, own: far, other: near, address: "\(end.far)/\(end.length)", keys: (end.place, end.name))
            case .pppoe:
                // On the devices' side the gateway is the server of PPPoE; on the services'
                // side the gateway is the client.
                if index == 0 {
                    try serve("gateway", below: end.below, name: end.name, own: end.near, other: end.far)
                    try dial(end.place, below: "eth0", name: "far0")
                } else {
                    try serve(end.place, below: "eth0", name: "far0", own: end.far, other: end.near)
                    try dial("gateway", below: end.below, name: end.name)
                }
            }
        }
        if kind != .pppoe {
            try run("device", "ip route add default via 10.45.0.1")
            try run("service", "ip route add default via 198.51.100.1")
        }
    }

    private func tunnel(
        _ place: String, below: String, name: String, port: Int, own: String, other: String, address: String, keys: (own: String, other: String)
    ) throws {
        for key in [keys.own, keys.other] { try LabMachine.shell("cd \(folder); umask 077; [ -f \(key).key ] || { wg genkey > \(key).key && wg pubkey < \(key).key > \(key).pub; }") }
        try run(
            place,
            """
            ip address add \(own)/30 dev \(below)
            ip link add \(name) type wireguard
            wg set \(name) listen-port \(port) private-key \(folder)/\(keys.own).key \
                peer $(cat \(folder)/\(keys.other).pub) allowed-ips 0.0.0.0/0 endpoint \(other):\(port)
            ip address add \(address) dev \(name); ip link set \(name) up
            """)
    }

    /// Starts the server's side of PPPoE.
    private func serve(_ place: String, below: String, name: String, own: String, other: String) throws {
        try "noauth\nnodefaultroute\nnoproxyarp\nnoaccomp\nnopcomp\nlcp-echo-interval 0\nifname \(name)\n"
            .write(toFile: "\(folder)/\(name)-\(place).options", atomically: true, encoding: .utf8)
        try run(place, "pppoe-server -k -I \(below) -L \(own) -R \(other) -N 1 -O \(folder)/\(name)-\(place).options -X \(folder)/\(name)-\(place).pid >/dev/null 2>&1 </dev/null")
    }

    private func dial(_ place: String, below: String, name: String) throws {
        let isFar = place != "gateway"
        try run(
            place,
            "setsid pppd plugin pppoe.so \(below) nodetach noauth \(isFar ? "defaultroute" : "nodefaultroute") noipdefault persist maxfail 0 holdoff 1 "
                + "ifname \(name) lcp-echo-interval 0 linkname \(mark)-\(place) logfile \(folder)/pppd-\(place).log >/dev/null 2>&1 </dev/null &")
    }

    /// PPPoE needs some time to come up.
    private func waitForLinks(_ kind: AccessLink) async throws {
        try await wait(upTo: .seconds(90), for: "both links of the gateway") {
            let shown = (try? run("gateway", "ip -4 -brief address show")) ?? ""
            return shown.contains("10.45.0.1") && shown.contains("198.51.100.1")
        }
        if kind == .pppoe { try run("service", "ip route add default dev far0") }
        try await wait(upTo: .seconds(90), for: "a way from the device to the service") {
            (try? run("device", "ping -c 1 -W 1 \(Self.service)")) != nil
        }
    }

    private func remove() {
        // A namespace lives as long as its programs, so the method ends them first.
        for place in ["device", "gateway", "service"] {
            _ = try? LabMachine.shell("for p in $(ip netns pids \(namespace(place))); do kill -KILL $p; done; ip netns delete \(namespace(place))")
        }
    }
}
