/// Reads the kernel's messages, and checks every length: a value that is cut off counts as missing.
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

    /// The attribute of a type, among those from here on; the last if there are several.
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

    /// Both the start and the end must lie within the bytes.
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
    /// The socket whose request the message answers; 0 if there was no request.
    let port: UInt32
    let body: NetlinkReader

    /// An answer that carries nothing but an error, or its absence.
    static let error: UInt16 = 2
    /// The end of a dump.
    static let done: UInt16 = 3

    /// Whether the listed objects changed during the listing.
    var wasInterrupted: Bool { flags & 0x10 != 0 }

    /// The error in the message; 0 for success.
    var errorNumber: Int32 { 0 &- (body.number(0) ?? 0) }

    /// The kernel's own explanation, if there is one.
    var explanation: String? {
        // The header of the rejected message follows the error; with a flag, attributes follow too.
        guard flags & 0x200 != 0 else { return nil }
        return body.dropping(20).attribute(1)?.text
    }
}
