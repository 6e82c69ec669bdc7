import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Damage to the Linux network", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct RepairTests {
    /// All state of the gateway that can belong to the platform, without counters.
    private func everything(_ gateway: TestGateway) throws -> [String] {
        try ["ran0", "wan0"].map { try gateway.run(["tc", "class", "show", "dev", $0]).split(separator: "\n").sorted().joined(separator: "\n") }
            + [gateway.run(["nft", "list", "table", "inet", "nac"])]
    }

    @Test("what the platform tells the kernel is what it shows as text")
    func text() async throws {
        let grants = BatchTextTests.flows.enumerated().map { index, flow in
            Sample.grant(index, flow: flow.1, profile: Sample.profile(down: 10, mostUp: 3, serviceClass: .realTimeInteractive))
        }
        let told = try await TestGateway.withGateway { gateway in
            #expect(try await LinuxNetwork(gateway.configuration).program(grants) == grants.map { _ in .ready })
            return try everything(gateway)
        }
        let shown = try TestGateway.withGateway { gateway in
            let plan = LinuxNetwork.plan(try gateway.configuration, for: grants.map { $0.order() })
            let parts = plan.split(separator: "# nft -f\n").map(String.init)
            try #require(parts.count == 2)
            let (classes, filter) = (parts[0], parts[1])
            try gateway.run(["tc", "-batch", "-"], input: classes)
            try gateway.run(["nft", "-f", "-"], input: filter)
            return try everything(gateway)
        }
        // tc rounds the times of bursts down to whole microseconds.
        let burst = #/c?burst [^ ]+ /#
        #expect(told.map { $0.replacing(burst, with: "") } == shown.map { $0.replacing(burst, with: "") })
    }

    @Test("a class changed by hand is as it was after the next look", arguments: ["ran0", "wan0"])
    func changed(_ interface: String) async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            _ = try await network.program([Sample.grant(0), Sample.grant(1, profile: Sample.profile(down: 10))])
            let right = try everything(gateway)
            for id in ["4e41:1", "4e41:2", "4e41:10"] {
                let parent = id == "4e41:1" ? "4e41:" : "4e41:1"
                try gateway.run(["tc", "class", "change", "dev", interface, "parent", parent, "classid", id, "htb", "rate", "1mbit", "ceil", "2mbit"])
            }
            try gateway.run(["nft", "flush", "chain", "inet", "nac", "egress"])
            #expect(try everything(gateway) != right)
            #expect(try await network.held().count == 2)
            #expect(try everything(gateway) == right)
        }
    }

    @Test("a tool that is missing is named, in a namespace too")
    func missingTool() throws {
        try TestGateway.withGateway { gateway in
            let error = #expect(throws: NetworkError.self) { try gateway.run(["no-such-tool"]) }
            #expect(error?.description.hasSuffix("; no-such-tool must be installed") == true, "\(error?.description ?? "")")
        }
    }

    @Test("an interface that goes and comes back is programmed again")
    func interfaceGone() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            _ = try await network.program([Sample.grant(0)])
            // A separate connection to the kernel, like the connection that reads the traffic.
            let kernel = LinuxKernel(try gateway.configuration)
            #expect(try kernel.classes(.downlink).count == 4)
            try gateway.run(["ip", "link", "delete", "ran0"])
            let error = await #expect(throws: NetworkError.self) { try await network.held() }
            #expect(error?.description == "there is no interface ran0")
            await #expect(throws: NetworkError.self) { try await network.program([Sample.grant(1)]) }
            try gateway.reconnect()
            #expect(try await network.held() == [])
            #expect(try await network.program([Sample.grant(0), Sample.grant(1)]) == [.ready, .ready])
            #expect(try gateway.sessionClasses("ran0").count == 2 && gateway.sessionClasses("wan0").count == 2)
            #expect(try kernel.classes(.downlink).count == 5)
        }
    }

    @Test("what belongs to others is the same before, while and after sessions are served")
    func foreign() async throws {
        try await TestGateway.withGateway { gateway in
            try gateway.run(["nft", "-f", "-"], input: """
                add table ip nat
                add chain ip nat post { type nat hook postrouting priority srcnat; }
                add rule ip nat post oifname "wan0" masquerade
                add table inet filter
                add set inet filter nac { type ipv4_addr; elements = { 192.0.2.1 }; }
                add chain inet filter forward { type filter hook forward priority filter; policy accept; }
                add rule inet filter forward ip saddr @nac drop

                """)
            try gateway.run(["ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1"])
            try gateway.run(["tc", "qdisc", "add", "dev", "other0", "root", "handle", "4e41:", "htb", "default", "2"])
            let others = {
                try ["ip nat", "inet filter"].map { try gateway.run(["nft", "list", "table"] + $0.split(separator: " ").map(String.init)) }
                    + [gateway.run(["tc", "qdisc", "show", "dev", "other0"]), gateway.run(["tc", "class", "show", "dev", "other0"])]
            }
            let before = try others()
            let network = LinuxNetwork(try gateway.configuration)
            _ = try await network.program((0..<5).map { Sample.grant($0) })
            #expect(try others() == before)
            try await network.release((0..<5).map { Sample.session($0) })
            #expect(try await network.held() == [])
            #expect(try others() == before)
        }
    }

    @Test("somebody else's root is replaced where that is allowed")
    func takingOver() async throws {
        try await TestGateway.withGateway { gateway in
            try gateway.run(["tc", "qdisc", "add", "dev", "wan0", "root", "handle", "1:", "htb", "default", "1"])
            let configuration = try gateway.configuration
            let taking = try LinuxNetworkConfiguration(
                downlink: configuration.downlink, uplink: configuration.uplink, namespace: configuration.namespace, takesOver: true)
            let network = LinuxNetwork(taking)
            #expect(try await network.program([Sample.grant(0)]) == [.ready])
            #expect(try gateway.run(["tc", "qdisc", "show", "dev", "wan0"]).contains("htb 4e41: root"))
            #expect(try await network.held() == [Sample.session(0)])
        }
    }

    @Test("with less to give, the newest sessions lose first and are told of")
    func less() async throws {
        try await TestGateway.withGateway { gateway in
            let configuration = try gateway.configuration
            let network = LinuxNetwork(configuration)
            let grants = (0..<4).map { Sample.grant($0, profile: Sample.profile(down: 20)) }
            #expect(try await network.program(grants) == grants.map { _ in .ready })
            try await network.reconfigure(
                LinuxNetworkConfiguration(
                    downlink: .init(interface: "ran0", capacity: 50_000_000), uplink: configuration.uplink, namespace: configuration.namespace))
            #expect(try await network.held() == [Sample.session(0), Sample.session(1)])
            #expect(try gateway.run(["tc", "class", "show", "dev", "ran0"]).contains("class htb 4e41:1 root rate 50Mbit ceil 50Mbit"))
            let reports = Reports()
            let watching = Task { try await network.run { await reports.add($0) } }
            try await eventually { await reports.all == [3, 2].map { .ended(Sample.session($0), reason: LinuxNetwork.evictionReason) } }
            watching.cancel()
            #expect(try await network.program([grants[2]]) == [.refused("the downlink has 5000000 bit/s left to guarantee, 20000000 are needed")])
        }
    }

    @Test("what was sent is counted for each session and direction, with its rate")
    func counted() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let watching = Task { try await network.run { _ in } }
            defer { watching.cancel() }
            _ = try await network.program([Sample.grant(0, flow: Fixture.flow(TestGateway.service)), Sample.grant(1)])
            let idle = try #require(try await network.traffic(of: Sample.session(0)))
            #expect(idle.downlink.bytes == 0 && idle.uplink.bytes == 0)
            let send = "for i in $(seq 50); do echo -n 0123456789012345678901234567890123456789 > /dev/udp/\(TestGateway.service)/9; sleep 0.1; done"
            try gateway.run(["bash", "-c", send], at: "device")
            let busy = try #require(try await network.traffic(of: Sample.session(0)))
            // The headers of IP and UDP add 28 bytes to the 40.
            #expect(busy.uplink.packets == 50 && busy.uplink.bytes == 50 * 68 && busy.uplink.droppedPackets == 0)
            #expect((1...68 * 8 * 12).contains(try #require(busy.uplink.rate)))
            #expect(try await network.traffic(of: Sample.session(1))?.uplink.packets == 0)
            #expect(try await network.traffic(of: Sample.session(7)) == nil)
        }
    }
}

@Suite("Many sessions of the Linux network", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct ManySessionsTests {
    private func grant(_ index: Int, _ flow: Flow = Fixture.flow(TestGateway.service)) -> Grant { Sample.grant(index, flow: flow, profile: Sample.profile()) }

    @Test("a class that stays for the next session gives it no packet and no count of the one before, also after a start; spares are made ahead and go again")
    func spares() async throws {
        try await TestGateway.withGateway { gateway in
            let many = ClassPool.cheap + 10
            let network = LinuxNetwork(try gateway.configuration)
            #expect(try await network.program((0..<many).map { grant($0) }).allSatisfy { $0 == .ready })
            try gateway.run(["bash", "-c", "for i in 1 2 3; do echo x > /dev/udp/\(TestGateway.service)/9; done"], at: "device")
            try await eventually { try await network.traffic(of: Sample.session(0))?.uplink.packets == 3 }
            try await network.release([Sample.session(0)])
            #expect(try gateway.sessionClasses("wan0").count == many)
            // The device's next session receives the class, which has already sent three packets.
            _ = try await network.program([grant(0, Fixture.flow("198.51.100.0/24"))])
            #expect(try gateway.sessionClasses("wan0").count == many)
            #expect(try await network.traffic(of: Sample.session(0))?.uplink.packets == 0)
            try gateway.run(["bash", "-c", "for i in 1 2; do echo x > /dev/udp/\(TestGateway.service)/9; done"], at: "device")
            let successor = LinuxNetwork(try gateway.configuration)
            try await eventually { try await successor.traffic(of: Sample.session(0))?.uplink == .init(bytes: 60, packets: 2, droppedPackets: 0, rate: nil) }

            let tending = Task { try await successor.run { _ in } }
            defer { tending.cancel() }
            try await eventually { try gateway.sessionClasses("ran0").count == many + max(many / 8, ClassPool.reserves.lowerBound) }
            #expect(try await successor.held().count == many)
            try await successor.release((0..<many).map { Sample.session($0) })
            try await eventually { try gateway.sessionClasses("ran0").isEmpty && gateway.sessionClasses("wan0").isEmpty }
        }
    }
}

/// A network's reports.
private actor Reports {
    private(set) var all: [NetworkReport] = []

    func add(_ reports: [NetworkReport]) {
        all += reports
    }
}
