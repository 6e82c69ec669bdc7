import Foundation
import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Packets through the Linux network", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct PacketTests {
    @Test("of a session's flow are counted in its class on their way up, all others in the default class")
    func up() async throws {
        try await TestGateway.withGateway { gateway in
            let flow = Fixture.flow(TestGateway.service, serverPorts: try Sample.ports([(5000, 5009)]))
            let grant = Sample.grant(0, flow: flow, profile: Sample.profile(serviceClass: .realTimeInteractive))
            #expect(try await LinuxNetwork(gateway.configuration).program([grant]) == [.ready])
            try send(to: TestGateway.service, 6000, at: "device", gateway)
            try await eventually { try gateway.packets("4e41:2", "wan0") > 0 }
            #expect(try gateway.packets("4e41:10", "wan0") == 0)
            for _ in 0..<3 { try send(to: TestGateway.service, 5005, at: "device", gateway) }
            try await eventually { try gateway.packets("4e41:10", "wan0") == 3 }
        }
    }

    @Test("of a session's flow are counted in its class on their way down, until it is released")
    func down() async throws {
        try await TestGateway.withGateway { gateway in
            let network = LinuxNetwork(try gateway.configuration)
            let flow = Fixture.flow(TestGateway.service, devicePorts: try Sample.ports([(7000, 7009)]))
            #expect(try await network.program([Sample.grant(0, flow: flow), Sample.grant(1, flow: flow)]) == [.ready, .ready])
            try send(to: TestGateway.device, 8000, at: "service", gateway)
            try send(to: TestGateway.device, 7005, at: "service", gateway)
            try await eventually { try gateway.packets("4e41:10", "ran0") == 1 }
            #expect(try gateway.packets("4e41:11", "ran0") == 0)
            try await network.release([Sample.session(0)])
            let others = try gateway.packets("4e41:2", "ran0")
            try send(to: TestGateway.device, 7005, at: "service", gateway)
            try await eventually { try gateway.packets("4e41:2", "ran0") > others }
        }
    }

    /// Sends one datagram with bash alone.
    private func send(to address: String, _ port: Int, at place: String, _ gateway: TestGateway) throws {
        try gateway.run(["bash", "-c", "echo x > /dev/udp/\(address)/\(port)"], at: place)
    }
}
