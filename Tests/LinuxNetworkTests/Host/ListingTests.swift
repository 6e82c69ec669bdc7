import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Listings")
struct ListingTests {
    private static let comment = "01900000-0000-7000-8000-000000000001 500000/600000/0 0/50000000/3"

    @Test("what was written is read back as the same session, and what nobody owns as strays")
    func reading() throws {
        let match = TrafficMatch(
            device: try IPSubnet(ipv4: "10.45.0.2"), server: try IPSubnet(ipv4: "10.0.0.0/24"),
            ports: .init(server: try PortRange(first: 0, last: 65535), device: try PortRange(first: 5, last: 5)))
        let stray = TrafficMatch(device: try IPSubnet(ipv4: "10.45.0.9"), server: try IPSubnet(ipv4: "198.51.100.7"), ports: nil)
        let listing = try FilterListing([
            FilterElement(content: .session(ClassID(minor: 0x10), comment: Self.comment)), FilterElement(stray, ClassID(minor: 0x99)),
            FilterElement(content: .mark(ClassID(minor: 0x10), dscp: 18)), FilterElement(match, ClassID(minor: 0x10)),
        ])
        #expect(listing.services == [
            Service(
                session: Sample.session(1), classID: ClassID(minor: 0x10), downlink: Leaf(guaranteed: 500_000, ceiling: 600_000, priority: 0),
                uplink: Leaf(guaranteed: 0, ceiling: 50_000_000, priority: 3), dscp: 18, matches: [match])
        ])
        #expect(listing.strays.map(\.deletion) == ["delete element inet nac exact4 { 10.45.0.9 . 198.51.100.7 }\n"])
    }

    @Test("what a class had sent for others before is known again, however much", arguments: [false, true])
    func earlier(_ isPartial: Bool) throws {
        var service = Service(Sample.grant(1), in: ClassPool.Place(id: ClassID(minor: 0x10)), try Sample.configuration())
        service.isPartial = isPartial
        service.earlier = EarlierTraffic(
            downlink: TrafficCount(bytes: .max, packets: .max, dropped: .max), uplink: TrafficCount(bytes: 35, packets: 36, dropped: 0))
        let head = try #require(Service.read(comment: service.comment))
        #expect(head.earlier == service.earlier && head.isPartial == isPartial && head.session == service.session)
        #expect(service.comment.utf8.count < 254)
    }

    @Test("a session with a comment that is not ours is not taken over", arguments: ["", "hello", "01900000-0000-7000-8000-000000000001 1/2/3",
        "01900000-0000-7000-8000-000000000001 1/2/3 1/2/3 since", "01900000-0000-7000-8000-000000000001 1/2/3 1/2/3 since 1/2 1/2/3",
        "01900000-0000-7000-8000-000000000001 1/2/3 1/2/3 since 1/2/3 1/2/3 more",
    ])
    func foreign(_ comment: String) {
        #expect(throws: NetworkError.self) { try FilterListing([FilterElement(content: .session(ClassID(minor: 0x10), comment: comment))]) }
    }
}

@Suite("What is said to the kernel and by it")
struct NetlinkTests {
    @Test("keys of every kind of traffic are read back as what they were", arguments: 0..<40)
    func keys(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            let match = try Self.match(&random)
            let element = FilterElement(match, ClassID(minor: 0x10))
            let map = FilterText.Map(match)
            #expect(TrafficMatch(element.key, end: element.keyEnd, map) == match, "\(match)")
            #expect((element.keyEnd == nil) == !map.key.isInterval)
            #expect(element.key.count.isMultiple(of: 4))
        }
    }

    @Test("what no key of ours looks like is refused")
    func hostileKeys() throws {
        let low: [UInt8] = [10, 45, 0, 2, 198, 51, 100, 0]
        #expect(TrafficMatch(low, end: [10, 45, 0, 2, 198, 51, 100, 255], .subnets4)?.server.description == "198.51.100.0/24")
        // The end is no subnet, has more than one device, is too short, or is below the start.
        #expect(TrafficMatch(low, end: [10, 45, 0, 2, 198, 51, 100, 254], .subnets4) == nil)
        #expect(TrafficMatch(low, end: [10, 45, 0, 3, 198, 51, 100, 0], .subnets4) == nil)
        #expect(TrafficMatch(Array(low.dropLast()), end: nil, .exact4) == nil)
        #expect(TrafficMatch([10, 45, 0, 2, 198, 51, 100, 255], end: low, .subnets4) == nil)
        #expect(TrafficMatch(low + [0, 80, 0, 0, 0, 9, 0, 0], end: low + [0, 79, 0, 0, 0, 9, 0, 0], .ports4) == nil)
        // Elements that belong in another map.
        #expect(TrafficMatch(low + [0, 80, 0, 0], end: nil, .serverPort4)?.ports?.server.first == 80)
        #expect(TrafficMatch(low + [0, 80, 0, 0, 0, 9, 0, 0], end: low + [0, 80, 0, 0, 0, 9, 0, 0], .ports4) == nil)
    }

    @Test("messages are what they say, and one that is cut off anywhere is never read past its end", arguments: 0..<20)
    func cutOff(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var writer = NetlinkWriter(firstSequence: 7)
        let elements = try (0..<8).map { _ in FilterElement(try Self.match(&random), ClassID(minor: 0x10)) }
        FilterMessages.change(deleting: [], adding: elements, &writer)
        var count = 0
        NetlinkReader(writer.bytes[...]).forEachMessage { _ in count += 1 }
        #expect(count == writer.count)
        for length in 0..<writer.bytes.count {
            var bytes = Array(writer.bytes[..<length])
            if length > 0 { bytes[Int.random(in: 0..<length, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            NetlinkReader(bytes[...]).forEachMessage { message in
                for part in FilterText.Part.all { _ = FilterMessages.elements(message, of: part.name) }
                _ = FilterMessages.elements(message, of: FilterElement.sessions)
                _ = FilterMessages.elements(message, of: FilterElement.marks)
                _ = TrafficControlMessages.foundClass(message)
                _ = TrafficControlMessages.interface(message)
                _ = TrafficControlMessages.root(message, of: 1, .ethernet)
                _ = TrafficControlMessages.queue(message, of: 1)
                _ = (message.errorNumber, message.explanation)
            }
        }
    }

    private static func match(_ random: inout SeededGenerator) throws -> TrafficMatch {
        let isIPv4 = Bool.random(using: &random)
        let address = { (random: inout SeededGenerator, length: Int) in
            isIPv4
                ? IPSubnet.containing(IPv4Address(rawValue: .random(in: 0...(.max), using: &random)), prefixLength: length)
                : .containing(
                    IPv6Address(high: .random(in: 0...(.max), using: &random), low: .random(in: 0...(.max), using: &random)), prefixLength: length)
        }
        let bits = isIPv4 ? 32 : 128
        let device = address(&random, bits)
        if Int.random(in: 0..<8, using: &random) == 0 {
            return TrafficMatch(device: device, server: .every(isIPv4 ? .ipv4 : .ipv6), ports: nil, isFallback: true)
        }
        let server = address(&random, Bool.random(using: &random) ? bits : .random(in: 0...bits, using: &random))
        guard Bool.random(using: &random) else { return TrafficMatch(device: device, server: server, ports: nil) }
        let ranges = try (0..<2).map { _ in
            if Bool.random(using: &random) { return Bool.random(using: &random) ? .every : try PortRange(first: 443, last: 443) }
            let ports = [UInt16.random(in: 0...(.max), using: &random), .random(in: 0...(.max), using: &random)].sorted()
            return try PortRange(first: ports[0], last: ports[1])
        }
        return TrafficMatch(device: device, server: server, ports: .init(server: ranges[0], device: ranges[1]))
    }
}
