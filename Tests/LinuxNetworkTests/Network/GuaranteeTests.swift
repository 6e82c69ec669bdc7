#if os(Linux)
import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork
import Southbound

@Suite("What a session gets in a flooded cell", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct GuaranteeTests {
    private static let capacity = 20_000_000

    private func flood(_ gateway: TestGateway) throws -> DatagramFlow {
        try DatagramFlow(
            .init(from: gateway.namespace("service"), to: gateway.namespace("device"), address: TestGateway.neighbour, port: 9), rate: 3 * Self.capacity,
            size: 1_400, isReceived: false)
    }

    private func down(_ gateway: TestGateway, _ address: String, _ port: UInt16) -> DatagramFlow.Path {
        .init(from: gateway.namespace("service"), to: gateway.namespace("device"), address: address, port: port)
    }

    @Test("is its rate in bytes of IP packets, whatever their size")
    func sizes() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration(down: Self.capacity, up: Self.capacity))
            let (sizes, ports) = ([1_500, 500, 200, 60], [7_000, 7_001, 7_002, 7_003] as [UInt16])
            // The maximum rate is the guaranteed rate, so the received rate is the kernel's idea of that rate.
            var profile = Sample.profile()
            (profile.targetMinDownstreamRate, profile.maxDownstreamRate) = (Rate(500, .kbps), Rate(500, .kbps))
            let grants = try ports.enumerated().map { index, port in
                Sample.grant(index, device: 1000, flow: Fixture.flow(TestGateway.service, devicePorts: try Sample.ports([], [port])), profile: profile)
            }
            #expect(try await network.program(grants) == grants.map { _ in .ready })
            let others = try flood(gateway)
            let sessions = try zip(sizes, ports).map { try DatagramFlow(down(gateway, TestGateway.device, $1), rate: 1_000_000, size: $0) }
            try await pause(for: .seconds(5))
            let counts = sessions.map(\.count)
            for flow in sessions + [others] { _ = try await flow.stop() }
            // A machine that stands still slows down all flows equally.
            let best = try #require(counts.map(\.rate).max())
            #expect(best <= 510_000, "\(counts)")
            for (size, count) in zip(sizes, counts) { #expect(count.rate >= 0.85 * best, "\(size): \(count.rate) of \(best)") }
            // The kernel subtracts a part of the rate for each packet; noise does not change that part.
            let classes = try gateway.run(["tc", "-s", "class", "show", "dev", "ran0"])
            for (id, size) in zip(ClassID.forSessions, sizes) {
                let text = try #require(classes.split(separator: "class htb ").first { $0.hasPrefix("\(ClassID(minor: id)) ") }, "\(classes)")
                #expect(text.contains(" rate 500Kbit "))
                let sent = try #require(text.firstMatch(of: /Sent (\d+) bytes (\d+) pkt/))
                #expect(Int(sent.1) == Int(sent.2).map { $0 * size }, "\(text)")
            }
            for (grant, size) in zip(grants, sizes) {
                let traffic = try #require(try await network.traffic(of: grant.session)?.downlink)
                #expect(traffic.packets > 0 && traffic.bytes == traffic.packets * UInt64(size), "\(traffic)")
            }
        }
    }

    @Test("datagrams of 4,000 bytes arrive whole where the session has ports, and nobody else asks for connection tracking")
    func fragments() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration(down: Self.capacity, up: Self.capacity))
            let port = try Sample.ports([], [7_000])
            let grants = [TestGateway.service, TestGateway.serviceIPv6].enumerated().map { index, service in
                Sample.grant(index, device: 1000, flow: Fixture.flow(service, devicePorts: port), profile: Sample.profile(down: 4))
            }
            #expect(try await network.program(grants) == [.ready, .ready])
            let others = try flood(gateway)
            try await pause(for: .seconds(0.5))
            for address in [TestGateway.device, TestGateway.deviceIPv6] {
                let session = try DatagramFlow(down(gateway, address, 7_000), rate: 1_000_000, size: 4_028)
                try await pause(for: .seconds(2))
                let count = try await session.stop()
                #expect(count.sent > 20 && count.lost <= count.sent / 50, "\(address) \(count)")
            }
            _ = try await others.stop()
            #expect(try gateway.run(["cat", "/proc/sys/net/netfilter/nf_conntrack_count"]) == "0\n", "no packet is tracked")
        }
    }

    @Test("packets wait no longer than the profile's delay above the rate, and what is too much is dropped")
    func delay() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration(down: Self.capacity, up: Self.capacity))
            let grant = Sample.grant(0, flow: Fixture.flow(TestGateway.service), profile: Sample.profile(down: 4, mostDown: 4))
            #expect(try await network.program([grant]) == [.ready])
            let session = try DatagramFlow(down(gateway, TestGateway.device, 7_000), rate: 8_000_000, size: 1_000)
            try await pause(for: .seconds(2))
            let waiting = try gateway.run(["tc", "-s", "class", "show", "dev", "ran0"])
            let count = try await session.stop()
            let queue = try #require(waiting.firstMatch(of: /class htb 4e41:10 [^\n]*\n[^\n]*\n backlog (\d+)(K?)b/), "\(waiting)")
            // 50 ms at 4 Mbit/s, or twice as much with fq_codel.
            let backlog = try #require(Int(queue.1)) * (queue.2.isEmpty ? 1 : 1_024)
            #expect((1_000...52_000).contains(backlog), "\(waiting)")
            #expect(count.lost > 100, "\(count)")
            // Each packet counts as sent or as dropped; the queue and the time of the drop do not matter.
            try await pause(for: .milliseconds(200))
            let traffic = try #require(try await network.traffic(of: grant.session)?.downlink)
            let told = Int(traffic.packets + traffic.droppedPackets)
            #expect(abs(told - count.sent) <= count.sent / 20, "\(traffic) of \(count)")
            #expect(Int(traffic.droppedPackets) >= count.lost * 9 / 10, "\(traffic) of \(count)")
        }
    }
}
#endif
