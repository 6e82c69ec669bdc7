import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Sessions of many pieces")
struct ManyPiecesTests {
    private func sessions() throws -> ServedSessions { ServedSessions([], try Sample.configuration()) }

    /// A number of ports, from `first`, of which no two are adjacent.
    private func odd(_ count: Int, from first: UInt16 = 1) throws -> PortsSpec {
        try Sample.ports([], (0..<count).map { first + 2 * UInt16($0) })
    }

    private func grant(_ index: Int, _ server: String = "198.51.100.7", _ serverPorts: PortsSpec? = nil, _ devicePorts: PortsSpec? = nil) -> Grant {
        Sample.grant(
            index, device: 1000, flow: Fixture.flow(server, serverPorts: serverPorts, devicePorts: devicePorts), profile: Sample.profile())
    }

    @Test("one of millions is refused with the reason, before a piece is made, and harms no other", .timeLimit(.minutes(1)))
    func millions() throws {
        var sessions = try sessions()
        let reason = "the flow needs 64000000 matches, its addresses times its ranges of ports at either end; at most 1024 are possible"
        #expect(sessions.program(grant(0, "198.51.100.7", try odd(8_000), try odd(8_000))) == .refused(reason))
        #expect(sessions.program(grant(1, "198.51.100.7", try odd(32), try odd(32))) == .ready)
        #expect(sessions.services.count == 1 && sessions.comparisons == 0)
    }

    @Test("are counted as they are made", arguments: [
        ("198.51.100.7", 32, 32, true), ("198.51.100.7", 33, 32, false), ("198.51.100.0/24", 1, 1_024, true), ("2001:db8::7", 1_025, 1, false),
    ])
    func counted(_ server: String, _ serverPorts: Int, _ devicePorts: Int, _ isPossible: Bool) throws {
        let grant = grant(0, server, try odd(serverPorts), try odd(devicePorts))
        #expect(TrafficMatch.count(of: grant) == serverPorts * devicePorts)
        #expect(TrafficMatch.all(of: grant).count == TrafficMatch.count(of: grant))
        var sessions = try sessions()
        let answer = sessions.program(grant)
        #expect((answer == .ready) == isPossible)
    }

    @Test("addresses of a family that the device does not have, and addresses named twice, are not counted")
    func families() throws {
        let server = try ApplicationServer(ipv4Address: "198.51.100.0/24", ipv6Address: "2001:db8::/32")
        let flow = Flow(applicationServer: server, applicationServerPorts: try odd(1_000), devicePorts: nil)
        let addresses = NetworkAddresses(ipv4: IPv4Address(rawValue: 1), ipv6: nil)
        let grant = Grant(session: Sample.session(0), addresses: addresses, flow: flow, profile: Sample.profile())
        #expect(TrafficMatch.count(of: grant) == 1_000)
        var sessions = try sessions()
        #expect(sessions.program(grant) == .ready)
    }

    @Test("of one device take no more work when there are a hundred, whatever tells them apart", arguments: [
        (10, "server"), (10, "serverPorts"), (10, "devicePorts"), (32, "server"), (32, "serverPorts"), (32, "devicePorts"),
    ])
    func hundreds(_ ports: Int, _ what: String) throws {
        var sessions = try sessions()
        var before = 0
        for index in 0..<100 {
            let other = try odd(ports, from: UInt16(1 + index * 2 * ports))
            let same = try odd(ports)
            let grant =
                switch what {
                case "server": grant(index, "198.51.100.\(index)", same, same)
                case "serverPorts": grant(index, "198.51.100.7", other, same)
                default: grant(index, "198.51.100.7", same, other)
                }
            #expect(sessions.program(grant) == .ready)
            // Only sessions that share ports at the service are compared: about a hundred, not a
            // hundred times a thousand pieces.
            #expect(sessions.comparisons - before <= (what == "devicePorts" ? index : 0), "session \(index)")
            before = sessions.comparisons
        }
        sessions.release(Sample.session(50))
        #expect(sessions.comparisons - before <= 100)
        #expect(sessions.services.values.allSatisfy { $0.matches.count == ports * ports && !$0.isPartial })
    }

    @Test("of the same flow a hundred times over are cut into once each")
    func overlapping() throws {
        var sessions = try sessions()
        for index in 0..<100 { #expect(sessions.program(grant(index, "198.51.100.7", try odd(32), try odd(32))) == .ready) }
        #expect(sessions.services.values.count { !$0.matches.isEmpty } == 1)
        // Each new session takes the traffic of the session before it, and finds nothing at older sessions.
        #expect(sessions.comparisons < 100 * 1_024 + 100 * 100)
        let before = sessions.comparisons
        sessions.release(Sample.session(99))
        #expect(sessions.services[Sample.session(98)]?.matches.count == 1_024)
        #expect(sessions.comparisons - before < 100 * 1_024 + 100 * 100)
    }

    @Test("to twenty thousand services from one device are found by key")
    func thousands() throws {
        var sessions = try sessions()
        for index in 0..<20_000 {
            let server = "198.\(index / 65_536).\(index / 256 % 256).\(index % 256)"
            #expect(sessions.program(grant(index, server)) == .ready)
        }
        #expect(sessions.comparisons == 0)
    }

    @Test("programmed again as they are cost nothing")
    func again() throws {
        var sessions = try sessions()
        let grants = try (0..<10).map { grant($0, "198.51.100.7", try odd(32), try odd(32)) }
        for grant in grants { #expect(sessions.program(grant) == .ready) }
        _ = sessions.takeChanges()
        let before = sessions.comparisons
        for grant in grants { #expect(sessions.program(grant) == .ready) }
        #expect(sessions.comparisons == before && !sessions.hasChanges)
    }
}
