import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Overlapping sessions of a device")
struct OverlapTests {
    private func sessions() throws -> ServedSessions { ServedSessions([], try Sample.configuration()) }

    private func grant(_ index: Int, _ server: String, _ ports: PortsSpec? = nil, devicePorts: PortsSpec? = nil) -> Grant {
        Sample.grant(index, device: 1000, flow: Fixture.flow(server, serverPorts: ports, devicePorts: devicePorts), profile: Sample.profile())
    }

    private func whole(_ index: Int) -> Grant {
        Grant(
            session: Sample.session(index), addresses: Fixture.addresses(1000), flow: .everything, profile: Sample.profile(), yields: true)
    }

    /// The session that the filter finds for a packet of device 1000.
    private func owner(_ sessions: ServedSessions, _ server: String, port: UInt16, devicePort: UInt16 = 5000) throws -> SessionID? {
        let packet = TrafficMatch(
            device: .containing(try #require(Fixture.addresses(1000).ipv4), prefixLength: 32), server: try IPSubnet(ipv4: server),
            ports: .init(server: try PortRange(first: port, last: port), device: try PortRange(first: devicePort, last: devicePort)))
        var owner: SessionID?
        for map in FilterText.Map.allCases {
            let found = sessions.services.values.filter { service in
                service.matches.contains { match in
                    var asked = packet
                    asked.isFallback = match.isFallback
                    return FilterText.Map(match) == map && match.overlaps(asked)
                }
            }
            #expect(found.count <= 1, "\(map) has two elements for one packet")
            owner = found.first?.session ?? owner
        }
        return owner
    }

    @Test("the newest has what is shared, whatever comes first, and gives it back when it is released")
    func newest() throws {
        for order in [[0, 1], [1, 0]] {
            var sessions = try sessions()
            let grants = [grant(0, "198.51.100.0/24"), grant(1, "198.51.100.7")]
            for index in order { #expect(sessions.program(grants[index]) == .ready) }
            #expect(try owner(sessions, "198.51.100.7", port: 80) == Sample.session(1))
            #expect(try owner(sessions, "198.51.100.8", port: 80) == Sample.session(0))
            sessions.release(Sample.session(1))
            #expect(try owner(sessions, "198.51.100.7", port: 80) == Sample.session(0))
            #expect(sessions.services[Sample.session(0)]?.isPartial == false)
        }
    }

    @Test("the same flow twice is the newest's alone, and the older one is known as partial")
    func same() throws {
        var sessions = try sessions()
        for index in 0..<3 { #expect(sessions.program(grant(index, "198.51.100.7")) == .ready) }
        #expect(sessions.services[Sample.session(0)]?.matches == [])
        #expect(sessions.services[Sample.session(0)]?.isPartial == true)
        #expect(try owner(sessions, "198.51.100.7", port: 80) == Sample.session(2))
        let changes = sessions.takeChanges()
        #expect(changes.count == 3 && changes[0].after?.comment.hasSuffix(" partial") == true)
    }

    @Test("an assignment has what no session has")
    func fallback() throws {
        var sessions = try sessions()
        #expect(sessions.program(grant(0, "198.51.100.7", try Sample.ports([], [443]))) == .ready)
        #expect(sessions.program(whole(1)) == .ready)
        #expect(sessions.program(grant(2, "203.0.113.0/24")) == .ready)
        #expect(try owner(sessions, "198.51.100.7", port: 443) == Sample.session(0))
        #expect(try owner(sessions, "198.51.100.7", port: 80) == Sample.session(1))
        #expect(try owner(sessions, "203.0.113.9", port: 80) == Sample.session(2))
        #expect(sessions.services.values.allSatisfy { !$0.isPartial })
    }

    @Test("of random sessions each packet is the newest's that is for it, at any time")
    func random() throws {
        var generator = SeededGenerator(seed: 77)
        var sessions = try sessions()
        var live: [Int: Flow] = [:]
        for round in 0..<150 {
            if live.count > 6, let index = live.keys.sorted().randomElement(using: &generator) {
                sessions.release(Sample.session(index))
                live[index] = nil
            }
            let flow = try Self.flow(&generator)
            #expect(sessions.program(Sample.grant(round, device: 1000, flow: flow, profile: Sample.profile())) == .ready)
            live[round] = flow
            for _ in 0..<8 {
                let server = "198.51.100.\(Int.random(in: 0..<8, using: &generator))"
                let port = UInt16.random(in: 1...12, using: &generator), devicePort = UInt16.random(in: 1...6, using: &generator)
                let packet = Fixture.flow(server, serverPorts: try Sample.ports([], [port]), devicePorts: try Sample.ports([], [devicePort]))
                let expected = live.filter { $0.value.overlaps(packet) }.keys.max().map { Sample.session($0) }
                #expect(try owner(sessions, server, port: port, devicePort: devicePort) == expected, "round \(round)")
            }
        }
    }

    static func flow(_ generator: inout SeededGenerator) throws -> Flow {
        let server = "198.51.100.\(Int.random(in: 0..<8, using: &generator))/\([32, 32, 31, 30, 29, 24, 0].randomElement(using: &generator)!)"
        func ports(_ most: UInt16) throws -> PortsSpec? {
            let first = UInt16.random(in: 1...most, using: &generator)
            return Bool.random(using: &generator) ? nil : try Sample.ports([(first, first + UInt16.random(in: 0...4, using: &generator))])
        }
        return Fixture.flow(server, serverPorts: try ports(12), devicePorts: try ports(6))
    }

    @Test("what a restart finds cut into is let go of, to be programmed anew; what is remembered is kept")
    func restart() throws {
        var before = try sessions()
        for grant in [grant(0, "198.51.100.0/24"), grant(1, "198.51.100.7")] { _ = before.program(grant) }
        _ = before.takeChanges()
        let inKernel = Array(before.services.values)
        let again = ServedSessions(inKernel, recalling: before.recollections, try Sample.configuration())
        #expect(again.services == before.services && !again.hasChanges)
        var anew = ServedSessions(inKernel, try Sample.configuration())
        #expect(anew.services[Sample.session(0)] == nil && anew.hasChanges)
        #expect(anew.program(grant(0, "198.51.100.0/24")) == .ready)
        #expect(try owner(anew, "198.51.100.7", port: 80) == Sample.session(1))
        #expect(try owner(anew, "198.51.100.9", port: 80) == Sample.session(0))
    }
}
