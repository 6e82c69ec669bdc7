import QoDTestSupport
import QualityOnDemand
import Testing

@testable import LinuxNetwork

@Suite("The connection tracking table's messages")
struct TrackingMessageTests {
    private func query(isForwarded: Bool = false) throws -> TrackingQuery {
        TrackingQuery(address: try IPv4Address("203.0.113.1"), port: 5555, transport: 17, isForwarded: isForwarded)
    }

    /// A message about one connection, in the kernel's format.
    private func connection(
        _ source: String, _ sourcePort: UInt16, _ replyTo: String, _ replyPort: UInt16, transport: UInt8 = 17
    ) throws -> [UInt8] {
        let addresses = try [source, "198.51.100.7", "198.51.100.7", replyTo].map { try IPv4Address($0).rawValue.bigEndian }
        var writer = NetlinkWriter(firstSequence: 1)
        writer.message(0x100, []) { message in
            message.put(UInt32(2).littleEndian)
            for (type, from, to, port) in [(1, addresses[0], addresses[1], UInt16(80)), (2, addresses[2], addresses[3], replyPort)] as [(UInt16, UInt32, UInt32, UInt16)] {
                message.nested(type) { tuple in
                    tuple.nested(1) {
                        $0.attribute(1, from)
                        $0.attribute(2, to)
                    }
                    tuple.nested(2) {
                        $0.attribute(1, transport)
                        $0.attribute(2, sourcePort.bigEndian)
                        $0.attribute(3, port.bigEndian)
                    }
                }
            }
        }
        return writer.bytes
    }

    private func answers(_ bytes: [UInt8], _ query: TrackingQuery) -> [IPv4Address] {
        var found: [IPv4Address] = []
        NetlinkReader(bytes[...]).forEachMessage { if let address = query.address(in: $0.body) { found.append(address) } }
        return found
    }

    @Test("name the device behind an address and port, and none where nothing fits or nothing is translated")
    func reading() throws {
        let query = try query()
        #expect(answers(try connection("10.45.0.2", 5000, "203.0.113.1", 5555), query) == [try IPv4Address("10.45.0.2")])
        for other in [
            try connection("10.45.0.2", 5000, "203.0.113.2", 5555), try connection("10.45.0.2", 5000, "203.0.113.1", 5556),
            try connection("10.45.0.2", 5000, "203.0.113.1", 5555, transport: 6), try connection("203.0.113.1", 5555, "203.0.113.1", 5555),
        ] {
            #expect(answers(other, query).isEmpty)
        }
    }

    @Test("may be cut off or changed anywhere without harm")
    func hostile() throws {
        var random = SeededGenerator(seed: 3)
        let (query, forwarded) = (try query(), try query(isForwarded: true))
        let good = try connection("10.45.0.2", 5000, "203.0.113.1", 5555)
        for length in 0...good.count { _ = answers(Array(good.prefix(length)), query) }
        for _ in 0..<20_000 {
            let bytes = random.mutated(good + good)
            _ = (answers(bytes, query), answers(bytes, forwarded))
        }
    }
}
