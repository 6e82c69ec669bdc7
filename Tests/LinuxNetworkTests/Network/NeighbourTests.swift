import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Several platforms in one namespace", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct NeighbourTests {
    /// The gateway's configuration with other interfaces or another name.
    private func configuration(_ gateway: TestGateway, _ interfaces: (String, String) = ("ran0", "wan0"), name: String? = nil) throws -> LinuxNetworkConfiguration {
        try LinuxNetworkConfiguration(
            downlink: .init(interface: interfaces.0, capacity: 100_000_000), uplink: .init(interface: interfaces.1, capacity: 50_000_000),
            namespace: gateway.configuration.namespace, name: name)
    }

    private func addInterfaces(_ gateway: TestGateway) throws {
        for name in ["ran1", "wan1"] {
            try gateway.run(["ip", "link", "add", name, "type", "veth", "peer", "name", "far-\(name)"])
            try gateway.run(["ip", "link", "set", name, "up"])
        }
    }

    @Test("an interface belongs to one platform: the second is refused and touches nothing, and may have it when the first is gone")
    func sameInterface() async throws {
        try await TestGateway.withGateway { gateway in
            try addInterfaces(gateway)
            var first: LinuxNetwork? = LinuxNetwork(try gateway.configuration)
            try await first?.prepare()
            #expect(try await first?.program([Sample.grant(0)]) == [.ready])
            let second = LinuxNetwork(try configuration(gateway, ("ran1", "wan0"), name: "east"))
            let error = await #expect(throws: NetworkError.self) { try await second.prepare() }
            #expect(error?.description == "another platform in this network namespace shapes wan0; an interface belongs to one platform (network.uplink.interface)")
            #expect(try gateway.run(["nft", "list", "tables"]).contains("nac-east") == false)
            #expect(try gateway.run(["tc", "class", "show", "dev", "ran1"]).isEmpty)
            #expect(try await first?.held() == [Sample.session(0)])
            first = nil
            try await second.prepare()
        }
    }

    @Test("a second platform with interfaces of its own needs a name; then neither disturbs the other")
    func sideBySide() async throws {
        try await TestGateway.withGateway { gateway in
            try addInterfaces(gateway)
            let first = LinuxNetwork(try gateway.configuration)
            try await first.prepare()
            #expect(try await first.program([Sample.grant(0), Sample.grant(1)]) == [.ready, .ready])
            let nameless = LinuxNetwork(try configuration(gateway, ("ran1", "wan1")))
            let error = await #expect(throws: NetworkError.self) { try await nameless.prepare() }
            #expect(error?.description.hasPrefix("another platform in this network namespace has the table inet nac; network.name gives this one") == true)
            let before = try gateway.run(["nft", "list", "table", "inet", "nac"])

            let second = LinuxNetwork(try configuration(gateway, ("ran1", "wan1"), name: "east"))
            try await second.prepare()
            #expect(try await second.held() == [])
            #expect(try await second.program([Sample.grant(7)]) == [.ready])
            #expect(try gateway.run(["nft", "list", "table", "inet", "nac"]) == before)
            #expect(try await first.held() == [Sample.session(0), Sample.session(1)])
            #expect(try await second.held() == [Sample.session(7)])
            let east = try gateway.run(["nft", "list", "table", "inet", "nac-east"])
            #expect(east.contains("ran1") && !east.contains("ran0"))
            // Each network takes over its own sessions, also after a restart.
            #expect(try await LinuxNetwork(configuration(gateway, ("ran1", "wan1"), name: "east")).held() == [Sample.session(7)])
            try await second.release([Sample.session(7)])
            #expect(try await first.held() == [Sample.session(0), Sample.session(1)])
        }
    }

    @Test("a name that no table can have is refused", arguments: ["", "A", "a b", "inet;", String(repeating: "a", count: 33)])
    func names(_ name: String) throws {
        #expect(throws: LinuxNetworkConfigurationError.self) {
            try LinuxNetworkConfiguration(downlink: .init(interface: "a", capacity: 1_000_000), uplink: .init(interface: "b", capacity: 1_000_000), name: name)
        }
    }

    @Test("every command for the packet filter is for the tables of the name")
    func renamed() throws {
        let configuration = try LinuxNetworkConfiguration(
            downlink: .init(interface: "a", capacity: 1_000_000), uplink: .init(interface: "b", capacity: 1_000_000), name: "east")
        let text = FilterText.renamed(FilterText.setup(configuration), configuration)
        #expect(!text.isEmpty && text.split(separator: "\n").allSatisfy { $0.split(separator: " ")[3] == "nac-east" })
    }
}
