/// What the kernel counts a packet for on an interface with a link header: the bytes of its IP packets, by the bytes that it has.
///
/// Longer packets than the interface's largest were put together from many on their way in (GRO) and go out as many again, each
/// with headers of its own, which the kernel does not count where there is a table. Here they count.
struct SizeTable: Hashable, Sendable {
    let sizes: [UInt16]

    /// A packet longer than the table counts as whole tables and a rest.
    static let count = 16_384

    /// Bytes of the headers of IPv4 and TCP with timestamps, which nearly all such packets have.
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
