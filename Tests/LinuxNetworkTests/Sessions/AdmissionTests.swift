import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Admission")
struct AdmissionTests {
    @Test("takes on guarantees up to the capacity less the reserve, and not one bit more")
    func arithmetic() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        #expect(sessions.program(Sample.grant(0, profile: Sample.profile(down: 80, up: 45))) == .ready)
        #expect(
            sessions.program(Sample.grant(1, profile: Sample.profile(down: 11)))
                == .refused("the downlink has 10000000 bit/s left to guarantee, 11000000 are needed"))
        #expect(sessions.program(Sample.grant(2, profile: Sample.profile(down: 10))) == .ready)
        #expect(
            sessions.program(Sample.grant(3, profile: Sample.profile(up: 1)))
                == .refused("the uplink has 0 bit/s left to guarantee, 1000000 are needed"))
        #expect(sessions.guaranteed(.downlink) == 90_000_000 && sessions.guaranteed(.uplink) == 45_000_000)
        #expect(sessions.services.count == 2)
    }

    @Test("of what is guaranteed nothing always finds room")
    func bestEffort() throws {
        var sessions = ServedSessions([], try Sample.configuration(reserve: 0))
        #expect(sessions.program(Sample.grant(0, profile: Sample.profile(down: 100, up: 50))) == .ready)
        #expect(sessions.program(Sample.grant(1, profile: Sample.profile())) == .ready)
    }

    @Test("gives back what is released, and counts a repeated or changed grant once")
    func counting() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        for _ in 0..<3 { #expect(sessions.program(Sample.grant(0, profile: Sample.profile(down: 60))) == .ready) }
        #expect(sessions.program(Sample.grant(0, profile: Sample.profile(down: 90))) == .ready)
        #expect(sessions.guaranteed(.downlink) == 90_000_000)
        sessions.release(Sample.session(0))
        sessions.release(Sample.session(0))
        #expect(sessions.guaranteed(.downlink) == 0)
        #expect(sessions.takeChanges() == [])
    }

    @Test("keeps what was taken over, though the capacity is lower now")
    func shrunkCapacity() throws {
        var before = ServedSessions([], try Sample.configuration())
        _ = before.program(Sample.grant(0, profile: Sample.profile(down: 80)))
        var after = ServedSessions(Array(before.services.values), try Sample.configuration(down: 50_000_000))
        #expect(after.program(Sample.grant(0, profile: Sample.profile(down: 80))) == .ready)
        guard case .refused = after.program(Sample.grant(1, profile: Sample.profile(down: 1))) else {
            Issue.record("a session was taken on beyond the capacity")
            return
        }
    }

    @Test("refuses a flow of a family that the device has no address of")
    func family() throws {
        var sessions = ServedSessions([], try Sample.configuration())
        let grant = Grant(
            session: Sample.session(0), addresses: NetworkAddresses(ipv4: IPv4Address(rawValue: 1), ipv6: nil), flow: Fixture.flow("2001:db8::7"),
            profile: Fixture.profile())
        #expect(sessions.program(grant) == .refused("the device has no address of the service's IP version"))
    }

    @Test("turns priorities into the kernel's", arguments: [(1, 0), (15, 0), (16, 1), (20, 1), (50, 3), (100, 6), (nil, 3)])
    func priorities(_ priority: Int?, _ expected: Int) {
        #expect(Leaf(nil, nil, priority: priority, capacity: 1_000_000).priority == expected)
    }

    @Test("a leaf has a floor, and a ceiling between its guarantee and the capacity")
    func leaves() {
        let free = Leaf(nil, nil, priority: nil, capacity: 1_000_000)
        #expect((free.guaranteed, free.rate, free.ceiling) == (0, 8_000, 1_000_000))
        #expect(Leaf(Rate(2, .mbps), Rate(1, .mbps), priority: nil, capacity: 9_000_000).ceiling == 2_000_000)
        #expect(Leaf(Rate(2, .mbps), Rate(90, .mbps), priority: nil, capacity: 9_000_000).ceiling == 9_000_000)
    }
}
