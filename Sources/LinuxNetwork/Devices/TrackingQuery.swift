import QualityOnDemand

/// One question to the connection tracking table, and the reading of its answer
/// (linux/netfilter/nfnetlink_conntrack.h).
struct TrackingQuery: Sendable {
    let address: IPv4Address
    let port: UInt16
    /// The number of the protocol: 6 for TCP, 17 for UDP.
    let transport: UInt8
    /// Whether the question is about connections that came in to this address, not about connections that went out
    /// through it.
    let isForwarded: Bool

    private enum Attribute {
        static let (original, reply, filter): (UInt16, UInt16, UInt16) = (1, 2, 25)
        static let (ip, transport): (UInt16, UInt16) = (1, 2)
        static let (source, destination): (UInt16, UInt16) = (1, 2)
        static let (number, sourcePort, destinationPort): (UInt16, UInt16, UInt16) = (1, 2, 3)
        static let (originalFlags, replyFlags): (UInt16, UInt16) = (1, 2)
    }

    /// Connection tracking's request for connections.
    private static let get: UInt16 = 1 << 8 | 1

    /// The fields that a filter compares, as bits: the destination's address, the protocol, the destination's port.
    private static let flags: UInt32 = 1 << 1 | 1 << 3 | 1 << 5

    /// Asks for all IPv4 connections, or with a filter only for the matching ones.
    func ask(isFiltered: Bool, _ messages: inout NetlinkWriter) {
        messages.message(Self.get, .dump) { message in
            // nfgenmsg: AF_INET, version 0, nothing.
            message.put(UInt32(2).littleEndian)
            guard isFiltered else { return }
            message.nested(isForwarded ? Attribute.original : Attribute.reply) { tuple in
                tuple.nested(Attribute.ip) { $0.attribute(Attribute.destination, address.rawValue.bigEndian) }
                tuple.nested(Attribute.transport) {
                    $0.attribute(Attribute.number, transport)
                    $0.attribute(Attribute.destinationPort, port.bigEndian)
                }
            }
            message.nested(Attribute.filter) { filter in
                filter.attribute(Attribute.originalFlags, isForwarded ? Self.flags : 0)
                filter.attribute(Attribute.replyFlags, isForwarded ? 0 : Self.flags)
            }
        }
    }

    /// The device's own address, if an answer is about this address and port and has a translation.
    func address(in body: NetlinkReader) -> IPv4Address? {
        guard body.number(0, as: UInt8.self) == 2 else { return nil }
        let attributes = body.dropping(4)
        guard let original = attributes.attribute(Attribute.original).flatMap(Tuple.init), let reply = attributes.attribute(Attribute.reply).flatMap(Tuple.init) else {
            return nil
        }
        let (outer, inner) = isForwarded ? (original, reply) : (reply, original)
        guard outer.destination == address, outer.destinationPort == port, outer.transport == transport, inner.source != address else { return nil }
        return inner.source
    }

    private struct Tuple {
        let source, destination: IPv4Address
        let transport: UInt8
        let destinationPort: UInt16

        init?(_ reader: NetlinkReader) {
            guard let ip = reader.attribute(Attribute.ip), let ports = reader.attribute(Attribute.transport),
                let source: UInt32 = ip.attribute(Attribute.source)?.number(0), let destination: UInt32 = ip.attribute(Attribute.destination)?.number(0),
                let transport: UInt8 = ports.attribute(Attribute.number)?.number(0), let port: UInt16 = ports.attribute(Attribute.destinationPort)?.number(0)
            else { return nil }
            (self.source, self.destination) = (IPv4Address(rawValue: UInt32(bigEndian: source)), IPv4Address(rawValue: UInt32(bigEndian: destination)))
            (self.transport, destinationPort) = (transport, UInt16(bigEndian: port))
        }
    }
}
