import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Sessions of which one IP version is served")
struct PartialReasonTests {
    private func session(_ addresses: NetworkAddresses, ipv4: String? = "198.51.100.7", ipv6: String? = "2001:db8:7::7") throws -> Session {
        var session = Session.requested(
            id: .make(at: Fixture.time), by: Fixture.client, for: Fixture.subject(),
            flow: Flow(applicationServer: try ApplicationServer(ipv4Address: ipv4, ipv6Address: ipv6)), profile: Fixture.profile().name, duration: 60,
            notification: nil, at: Fixture.time
        )
        _ = session.moved(to: addresses)
        return session
    }

    @Test("say which one, where the service has both and the device one")
    func reasons() throws {
        let both = Fixture.addresses()
        let (four, six) = (NetworkAddresses(ipv4: both.ipv4, ipv6: nil), NetworkAddresses(ipv4: nil, ipv6: both.ipv6))
        #expect(try session(four).partialReason == "Only IPv4 is served: the network knows no IPv6 address that is certainly this device's.")
        #expect(try session(six).partialReason == "Only IPv6 is served: the network knows no IPv4 address that is certainly this device's.")
        #expect(try session(both).partialReason == nil)
        #expect(try session(four, ipv6: nil).partialReason == nil)
        #expect(try session(NetworkAddresses(ipv4: nil, ipv6: nil)).partialReason == nil)
        var ended = try session(four)
        _ = ended.networkEnded(at: Fixture.time)
        #expect(ended.partialReason == nil)
    }
}
