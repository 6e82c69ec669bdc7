/// What the kernel says, read with an eye on every length: what is cut off is not there.
struct NetlinkReader {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }

    /// A number in the machine's own order of bytes; `nil` past the end.
    func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type = Number.self) -> Number? {
        guard offset >= 0, offset + MemoryLayout<Number>.size <= bytes.count else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }

    func dropping(_ count: Int) -> NetlinkReader {
        NetlinkReader(bytes.dropFirst(count))
    }

    var array: [UInt8] { Array(bytes) }

    /// Text up to the end or the first zero.
    var text: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

    /// The attribute of a type, of those from here on; where there are several, the last.
    func attribute(_ wanted: UInt16) -> NetlinkReader? {
        var found: NetlinkReader?
        forEachAttribute { if $0 == wanted { found = $1 } }
        return found
    }

    /// Each attribute from here on, in its order.
    func forEachAttribute(_ body: (UInt16, NetlinkReader) -> Void) {
        var offset = 0
        while let length: UInt16 = number(offset), let type: UInt16 = number(offset + 2), length >= 4, Int(length) <= count - offset {
            body(type & 0x3fff, part(offset + 4, length: Int(length) - 4))
            offset += (Int(length) + 3) & ~3
        }
    }

    /// Each message from here on.
    func forEachMessage(_ body: (NetlinkMessage) -> Void) {
        var offset = 0
        while let length: UInt32 = number(offset), let type: UInt16 = number(offset + 4), let flags: UInt16 = number(offset + 6),
            let sequence: UInt32 = number(offset + 8), let port: UInt32 = number(offset + 12), length >= 16, Int(length) <= count - offset
        {
            body(NetlinkMessage(type: type, flags: flags, sequence: sequence, port: port, body: part(offset + 16, length: Int(length) - 16)))
            offset += (Int(length) + 3) & ~3
        }
    }

    /// Must lie within what there is.
    private func part(_ offset: Int, length: Int) -> NetlinkReader {
        let start = bytes.startIndex + offset
        return NetlinkReader(bytes[start..<start + length])
    }
}

/// One message from the kernel.
struct NetlinkMessage {
    let type: UInt16
    let flags: UInt16
    let sequence: UInt32
    /// The socket whose request it is about; 0 where nobody asked.
    let port: UInt32
    let body: NetlinkReader

    /// An answer that carries nothing but an error, or its absence.
    static let error: UInt16 = 2
    /// The end of a dump.
    static let done: UInt16 = 3

    /// Whether what was being listed changed meanwhile.
    var wasInterrupted: Bool { flags & 0x10 != 0 }

    /// The error that it tells of; 0 for success.
    var errorNumber: Int32 { 0 &- (body.number(0) ?? 0) }

    /// The kernel's own words, where it has any.
    var explanation: String? {
        // Behind the error stands the header of the message that it is about, and with a flag attributes.
        guard flags & 0x200 != 0 else { return nil }
        return body.dropping(20).attribute(1)?.text
    }
}
