import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Sessions without packets")
struct SilentSessionsTests {
    private let place = ClassPool.Place(id: ClassID(minor: 0x10))

    private func subject(_ grant: Grant) throws -> SilentSessions.Subject {
        try #require(SilentSessions.Subject(Service(grant, in: place, Sample.configuration())))
    }

    private func counts(_ packets: UInt64 = 0, up: UInt64 = 0) -> [Direction: [ClassID: TrafficCount]] {
        [.downlink: [place.id: TrafficCount(packets: packets)], .uplink: [place.id: TrafficCount(packets: up)]]
    }

    @Test("are told once, when their device has sent enough since the last look")
    func told() throws {
        var sessions = SilentSessions()
        let subject = try subject(Sample.grant(0))
        let device = try #require(subject.devices.first)
        #expect(!sessions.areSettled([subject]))
        // Before the first check no device was counted, so the number of sent packets is ignored.
        var found = sessions.look([subject], sent: [device: 1_000], counts: counts())
        #expect(found.silent.isEmpty && found.devices == [device])
        found = sessions.look([subject], sent: [device: SilentSessions.leastPackets - 1], counts: counts())
        #expect(found.silent.isEmpty && found.devices == [device])
        found = sessions.look([subject], sent: [:], counts: counts())
        #expect(found.silent.isEmpty && found.devices == [device])
        found = sessions.look([subject], sent: [device: SilentSessions.leastPackets], counts: counts())
        #expect(found.silent == [subject] && found.devices.isEmpty)
        found = sessions.look([subject], sent: [device: 1_000], counts: counts())
        #expect(found.silent.isEmpty && found.devices.isEmpty && sessions.areSettled([subject]))
    }

    @Test("are not those that have had a packet in either direction", arguments: [(1, 0), (0, 1)] as [(UInt64, UInt64)])
    func heard(down: UInt64, up: UInt64) throws {
        var sessions = SilentSessions()
        let subject = try subject(Sample.grant(0))
        _ = sessions.look([subject], sent: [:], counts: counts())
        let found = sessions.look([subject], sent: [try #require(subject.devices.first): 1_000], counts: counts(down, up: up))
        #expect(found.silent.isEmpty && found.devices.isEmpty && sessions.areSettled([subject]))
    }

    @Test("are not those whose class has gone, nor those that rightly have nothing")
    func others() throws {
        var sessions = SilentSessions()
        let subject = try subject(Sample.grant(0))
        let device = try #require(subject.devices.first)
        _ = sessions.look([subject], sent: [:], counts: counts())
        #expect(sessions.look([subject], sent: [device: 1_000], counts: [:]).silent.isEmpty)
        let addresses = Fixture.addresses()
        let fallback = Grant(session: Sample.session(1), addresses: addresses, flow: Fixture.flow("0.0.0.0/0"), profile: Fixture.profile(), yields: true)
        #expect(SilentSessions.Subject(Service(fallback, in: place, try Sample.configuration())) == nil)
        var partial = Service(Sample.grant(0), in: place, try Sample.configuration())
        partial.isPartial = true
        #expect(SilentSessions.Subject(partial) == nil)
    }

    @Test("what a class had sent for another session before does not count")
    func earlier() throws {
        var sessions = SilentSessions()
        let before = TrafficCount(bytes: 10, packets: 5)
        let place = ClassPool.Place(id: place.id, earlier: EarlierTraffic(downlink: before, uplink: before))
        let subject = try #require(SilentSessions.Subject(Service(Sample.grant(0), in: place, Sample.configuration())))
        let device = try #require(subject.devices.first)
        let counts: [Direction: [ClassID: TrafficCount]] = [.downlink: [place.id: before], .uplink: [place.id: before]]
        _ = sessions.look([subject], sent: [:], counts: counts)
        #expect(sessions.look([subject], sent: [device: 100], counts: counts).silent == [subject])
    }

    @Test("however many there are, a bounded number of devices is counted at once")
    func many() throws {
        var sessions = SilentSessions()
        let subjects = try (0..<SilentSessions.mostDevices + 50).map { try subject(Sample.grant($0)) }
        #expect(sessions.look(subjects, sent: [:], counts: counts()).devices.count == SilentSessions.mostDevices)
    }

    @Test("what nft lists is read as devices and packets, and as prefixes where they are")
    func listing() throws {
        let text = """
            table inet nac {
            \tset quiet4 {
            \t\ttype ipv4_addr
            \t\tcounter
            \t\telements = { 10.45.4.1 counter packets 12 bytes 420, 10.45.4.2 counter packets 0 bytes 0 }
            \t}
            }
            """
        #expect(try FilterText.counted(text, "quiet4") == [IPSubnet(ipv4: "10.45.4.1"): 12, IPSubnet(ipv4: "10.45.4.2"): 0])
        let prefix = "elements = { 2001:db8:45:7:: counter packets 3 bytes 9 }"
        #expect(try FilterText.counted(prefix, "quiet6-64") == [IPSubnet(ipv6: "2001:db8:45:7::/64"): 3])
        #expect(try FilterText.counted(prefix, "quiet6") == [IPSubnet(ipv6: "2001:db8:45:7::"): 3])
    }
}
