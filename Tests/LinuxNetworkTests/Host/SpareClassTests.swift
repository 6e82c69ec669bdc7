import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Spare classes of a gateway", .serialized)
struct SpareClassTests {
    /// More sessions than the limit up to which the gateway deletes classes.
    private static let many = ClassPool.cheap + 20

    private struct Site {
        let kernel: FakeKernel
        let gateway: Gateway
        var sessions: ServedSessions

        /// A gateway with the sessions from 0 to `count` - 1.
        init(_ count: Int) throws {
            kernel = FakeKernel()
            gateway = Gateway(try SpareClassTests.configuration(), kernel: kernel)
            sessions = ServedSessions(try gateway.takeOver().services, try SpareClassTests.configuration())
            try program(0..<count)
        }

        mutating func program(_ indices: some Collection<Int>) throws {
            try gateway.ready(indices.count { sessions.services[Sample.session($0)] == nil }, in: &sessions.pool)
            for index in indices {
                let answer = sessions.program(SpareClassTests.grant(index))
                #expect(answer == .ready)
            }
            try gateway.apply(sessions.takeChanges())
        }

        mutating func release(_ indices: some Sequence<Int>) throws {
            for index in indices { sessions.release(Sample.session(index)) }
            try gateway.apply(sessions.takeChanges())
        }

        /// Reads the state of the kernel again, as after a start.
        mutating func restart() throws {
            let found = try gateway.takeOver()
            sessions = ServedSessions(found.services, spares: found.spares, try SpareClassTests.configuration())
        }

        func classID(_ index: Int) throws -> ClassID { try #require(sessions.services[Sample.session(index)]?.classID) }
    }

    private static func configuration() throws -> LinuxNetworkConfiguration { try Sample.configuration(down: 1_000_000_000, up: 1_000_000_000) }

    private static func grant(_ index: Int) -> Grant { Sample.grant(index, device: 1000 + index, profile: Sample.profile(mostDown: 1 + index % 5)) }

    @Test("with few sessions a class goes with its session; with many it stays, as best effort, and is the next session's when it is empty")
    func reuse() throws {
        var few = try Site(3)
        try few.release([1])
        #expect(few.kernel.current.classes(.downlink).count == 3 + 2)

        var site = try Site(Self.many)
        let id = try site.classID(7)
        site.kernel.send(TrafficCount(bytes: 900, packets: 3), through: id, .uplink, queued: 2)
        try site.release([7])
        #expect(site.kernel.current.classes(.uplink).count == 3 + Self.many)
        #expect(site.kernel.current.classes(.uplink)[id]?.serves(.spare(capacity: 1_000_000_000), .ethernet) == true)
        // Two packets of the previous session wait in the class.
        try site.program([Self.many])
        #expect(try site.classID(Self.many) != id)
        site.kernel.send(TrafficCount(bytes: 1_500, packets: 5), through: id, .uplink)
        try site.program([Self.many + 1])
        #expect(try site.classID(Self.many + 1) == id)
        let service = try #require(site.sessions.services[Sample.session(Self.many + 1)])
        #expect(try site.gateway.count(of: service, .uplink).since(service.earlier.uplink) == TrafficCount())
        site.kernel.send(TrafficCount(bytes: 1_700, packets: 6), through: id, .uplink)
        // A new process recognizes the class.
        try site.restart()
        let again = try #require(site.sessions.services[Sample.session(Self.many + 1)])
        #expect(try site.gateway.count(of: again, .uplink).since(again.earlier.uplink) == TrafficCount(bytes: 200, packets: 1))
        #expect(site.kernel.complaints == [])
    }

    @Test("a reserve is made ahead where making a class takes long, and taken away where it does not")
    func reserve() throws {
        var site = try Site(Self.many)
        var steps = 0
        while try site.gateway.tend(&site.sessions.pool) { steps += 1 }
        #expect(steps == max(Self.many / 8, ClassPool.reserves.lowerBound) && site.sessions.pool.readySpares == steps)
        let classes = site.kernel.current.classes(.downlink).keys
        try site.program(Self.many..<Self.many + steps)
        #expect(site.kernel.current.classes(.downlink).keys == classes)
        try site.release(0..<Self.many)
        while try site.gateway.tend(&site.sessions.pool) {}
        #expect(site.kernel.current.classes(.downlink).count == 3 + steps && site.kernel.current.classes(.uplink).count == 3 + steps)
        #expect(site.kernel.complaints == [])
    }

    @Test("sessions come and go as they are wanted, also over spares, with packets left in them, and a kernel that fails", arguments: 0..<2)
    func random(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var site = try Site(Self.many)
        var live = Set(0..<Self.many)
        var next = Self.many
        for _ in 0..<30 {
            site.kernel.failsAfter = Int.random(in: 0..<4, using: &random) == 0 ? .random(in: 0..<10, using: &random) : nil
            let (come, go) = (next..<next + .random(in: 0...4, using: &random), live.shuffled(using: &random).prefix(.random(in: 0...4, using: &random)))
            next = come.upperBound
            for index in go where Bool.random(using: &random) {
                site.kernel.send(TrafficCount(bytes: 9, packets: 1), through: try site.classID(index), .downlink, queued: .random(in: 0...1, using: &random))
            }
            live.subtract(go)
            live.formUnion(come)
            do {
                try site.release(go)
                try site.program(come)
                for _ in 0..<Int.random(in: 0...3, using: &random) { _ = try site.gateway.tend(&site.sessions.pool) }
            } catch {
                // The test does the same as the engine: it requests each uncertain change again.
                site.kernel.failsAfter = nil
                try site.restart()
                let wanted = Set(live.map { Sample.session($0) })
                for session in site.sessions.services.keys where !wanted.contains(session) { site.sessions.release(session) }
                try site.program(live.sorted())
            }
            if Int.random(in: 0..<10, using: &random) == 0 {
                site.kernel.failsAfter = nil
                try site.restart()
            }
        }
        #expect(site.sessions.services.count == live.count)
        #expect(Set(try site.gateway.takeOver().services) == Set(site.sessions.services.values))
        let (down, up) = (site.kernel.current.classes(.downlink), site.kernel.current.classes(.uplink))
        #expect(down.count == 3 + site.sessions.pool.count && Set(down.keys) == Set(up.keys))
        let used = Set(site.sessions.services.values.map(\.classID)).union([.root, .bestEffort, .control])
        #expect(down.filter { !used.contains($0.key) }.values.allSatisfy { $0.serves(.spare(capacity: 1_000_000_000), .ethernet) })
        #expect(site.kernel.complaints == [])
    }
}
