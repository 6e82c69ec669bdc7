import NIOConcurrencyHelpers
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("What others do to the gateway", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct DisturbanceTests {
    /// The engine's part: it compares only when the network requests a comparison.
    private final class Comparer: Sendable {
        let reasons = NIOLockedValueBox<[String]>([])
        let network: LinuxNetwork
        let grants: [Grant]

        init(_ network: LinuxNetwork, _ grants: [Grant]) {
            (self.network, self.grants) = (network, grants)
        }

        func take(_ reports: [NetworkReport]) async {
            for case .disturbed(let reason) in reports {
                reasons.withLockedValue { $0.append(reason) }
                guard let held = try? await network.held() else { continue }
                _ = try? await network.program(grants.filter { !held.contains($0.session) })
            }
        }
    }

    /// All state of the gateway that can belong to the platform, without counters.
    private func everything(_ gateway: TestGateway) -> [String] {
        ["tc class show dev ran0", "tc class show dev wan0", "nft list table inet nac", "nft list table arp nac"].map { command in
            let said = (try? gateway.run(command.split(separator: " ").map(String.init))) ?? "nothing"
            return said.split(separator: "\n").sorted().joined(separator: "\n")
        }
    }

    private func damaged(_ commands: [String], _ damage: (TestGateway) throws -> Void = { _ in }) async throws -> [String] {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let grants = (0..<3).map { Sample.grant($0) }
            #expect(try await network.program(grants) == grants.map { _ in .ready })
            let comparer = Comparer(network, grants)
            let running = Task { try await network.run { await comparer.take($0) } }
            defer { running.cancel() }
            try await eventually { network.listener.withLockedValue { $0 != nil } }
            let right = everything(gateway)
            for command in commands { try gateway.run(["sh", "-c", command]) }
            try damage(gateway)
            try await eventually(within: .seconds(180)) { everything(gateway) == right }
            return comparer.reasons.withLockedValue { $0 }
        }
    }

    @Test("what somebody else destroyed is made anew, long before the next comparison", arguments: [
        ("nft flush ruleset", "another program changed the table inet nac"),
        ("nft delete table arp nac", "another program changed the table arp nac"),
        ("nft delete table inet nac", "another program changed the table inet nac"),
        ("nft flush set inet nac sessions", "another program changed the table inet nac"),
        ("tc qdisc del dev ran0 root", "another program changed the queueing disciplines of ran0"),
        ("tc qdisc del dev wan0 root", "another program changed the queueing disciplines of wan0"),
        ("tc class change dev wan0 parent 4e41:1 classid 4e41:10 htb rate 1mbit", "another program changed a class of wan0"),
    ])
    func destroyed(_ command: String, _ reason: String) async throws {
        #expect(try await damaged([command]).contains(reason))
    }

    @Test("an interface that goes and comes back is shaped again")
    func cameBack() async throws {
        let reasons = try await damaged(["ip link delete ran0"]) { try $0.reconnect() }
        // The network may report both changes together.
        #expect(reasons.contains { $0.hasPrefix("the interface ran0 ") }, "\(reasons)")
    }

    @Test("the platform's own changes, and what others do elsewhere, start no comparison")
    func quiet() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let comparer = Comparer(network, [])
            let running = Task { try await network.run { await comparer.take($0) } }
            defer { running.cancel() }
            try await eventually { network.listener.withLockedValue { $0 != nil } }
            let grants = (0..<20).map { Sample.grant($0) }
            for round in 0..<3 {
                _ = try await network.program(grants)
                // The network compares, and nft writes the rules again.
                #expect(try await network.held().count == grants.count)
                try await network.release(grants.map(\.session))
                try gateway.run(["nft", "-f", "-"], input: "add table inet other\nadd chain inet other a\nflush table inet other\n")
                try gateway.run(["ip", "link", "add", "extra\(round)", "type", "veth", "peer", "name", "peer\(round)"])
                try gateway.run(["tc", "qdisc", "add", "dev", "extra\(round)", "root", "handle", "4e41:", "htb", "default", "2"])
            }
            try await pause(for: .seconds(1.5))
            #expect(comparer.reasons.withLockedValue { $0 } == [])
            // One comparison does not start another.
            try gateway.run(["nft", "flush", "ruleset"])
            try await eventually { !comparer.reasons.withLockedValue { $0.isEmpty } }
            try await pause(for: .seconds(3))
            #expect(comparer.reasons.withLockedValue { $0.count } <= 2)
        }
    }

    @Test("a creation that finds sessions gone repairs itself and has all others compared")
    func foundByCreation() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            _ = try await network.program([Sample.grant(0), Sample.grant(1)])
            let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
            network.listener.withLockedValue { $0 = continuation }
            try gateway.run(["nft", "flush", "ruleset"])
            await #expect(throws: NetworkError.self) { try await network.program([Sample.grant(2)]) }
            #expect(try await network.program([Sample.grant(2)]) == [.ready])
            continuation.finish()
            #expect(await stream.reduce(into: []) { $0.append($1) } == ["sessions disappeared from the gateway"])
        }
    }
}
