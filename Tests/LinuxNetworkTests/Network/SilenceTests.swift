import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite(
    "A session whose class sees nothing", .serialized, .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
struct SilenceTests {
    @Test("is told once, and only while its device sends", arguments: ["10.45.4.1", "2001:db8:45::1000", "2001:db8:45::/64"])
    func told(device: String) async throws {
        try await TestGateway.withGateway { gateway in
            let isIPv6 = device.contains(":")
            let (used, unused) = isIPv6 ? (TestGateway.serviceIPv6, "2001:db8:7::99") : (TestGateway.service, "198.51.100.99")
            let addresses = isIPv6 ? NetworkAddresses(ipv4: nil, ipv6Prefix: try IPSubnet(ipv6: device)) : Fixture.addresses()
            let grants = [used, unused].enumerated().map { index, service in
                Grant(session: Sample.session(index), addresses: addresses, flow: Fixture.flow(service), profile: Fixture.profile("QOS_E"))
            }
            let configuration = try gateway.configuration
            #expect(try await LinuxNetwork(configuration).program(grants) == [.ready, .ready])
            let subjects = grants.enumerated().compactMap { index, grant in
                SilentSessions.Subject(Service(grant, in: ClassPool.Place(id: ClassID(minor: 0x10 + UInt16(index))), configuration))
            }
            let log = LogRecorder()
            let watch = TrafficWatch(configuration, own: OwnChanges(), clock: TestClock(), logger: log.logger)
            for _ in 0..<2 { #expect(await watch.lookForSilence(subjects) == []) }
            // Only the other session's service answers.
            try gateway.run(["ping", "-q", "-c", "25", "-i", "0.01", used], at: "device")
            #expect(await watch.lookForSilence(subjects) == [Sample.session(1)])
            try gateway.run(["ping", "-q", "-c", "25", "-i", "0.01", used], at: "device")
            for _ in 0..<2 { #expect(await watch.lookForSilence(subjects) == []) }
            #expect(log.lines.count == 1 && log.lines[0].hasPrefix("warning: A session has had no packet in its class although its device sends"), "\(log.lines)")
            #expect(log.lines.allSatisfy { $0.contains("session=\(Sample.session(1))") })
        }
    }
}
