/// The size that the kernel counts for a packet on an interface with a link header: the bytes of the packet's IP
/// packets, by the packet's own length.
///
/// A packet longer than the interface's MTU was merged from several on its way in (GRO), and leaves as several again,
/// each with headers of its own. With a table the kernel does not count these headers, so the sizes include them.
struct SizeTable: Hashable, Sendable {
    let sizes: [UInt16]

    /// A packet longer than the table counts as whole tables plus a rest.
    static let count = 16_384

    /// Bytes of the headers of IPv4 and TCP with timestamps, which nearly all merged packets have.
    private static let headers = 52

    init(_ framing: Framing) {
        sizes = (0..<Self.count).map { length in
            let bytes = max(length - framing.header, 1)
            guard bytes > framing.packet, framing.packet > 2 * Self.headers else { return UInt16(clamping: bytes) }
            let payload = framing.packet - Self.headers
            let packets = (bytes - Self.headers + payload - 1) / payload
            return UInt16(clamping: bytes + (packets - 1) * Self.headers)
        }
    }
}
