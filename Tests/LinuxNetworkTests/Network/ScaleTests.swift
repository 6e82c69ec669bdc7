import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Testing

@testable import LinuxNetwork

@Suite("Scale of the Linux network", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct ScaleTests {
    /// So many ports that do not touch one another.
    private func odd(_ count: Int) throws -> PortsSpec { try Sample.ports([], (0..<count).map { 1 + 2 * UInt16($0) }) }

    @Test("sessions of a device with a thousand pieces each are there at once, beside one of millions that is refused, also for a process that starts anew",
        .timeLimit(.minutes(4)))
    func manyPieces() async throws {
        try await TestGateway.withGateway { gateway in
            func grant(_ index: Int, ports: Int) throws -> Grant {
                let flow = Fixture.flow("198.51.100.\(index + 1)", serverPorts: try odd(ports), devicePorts: try odd(ports))
                return Sample.grant(index, device: 1000, flow: flow, profile: Sample.profile())
            }
            let grants = try (0..<24).map { try grant($0, ports: 32) }
            for network in try [LinuxNetwork(gateway.configuration), LinuxNetwork(gateway.configuration)] {
                guard case .refused = try await network.program([try grant(24, ports: 8_000)])[0] else {
                    Issue.record("a session of millions of pieces was not refused")
                    return
                }
                for grant in grants { #expect(try await network.program([grant]) == [.ready]) }
                #expect(try await network.held() == grants.map(\.session))
            }
        }
    }
}
