/// Messages for the kernel, one after the other as they are sent (RFC 3549, section 2.3.2): a header, then attributes,
/// everything aligned to four bytes.
struct NetlinkWriter {
    private(set) var bytes: [UInt8] = []
    /// How many messages there are.
    private(set) var count = 0
    /// The number that the next message gets; an answer carries the number of its message.
    private(set) var nextSequence: UInt32
    /// The numbers of the messages for which the kernel was asked to answer.
    private(set) var acknowledged: [UInt32] = []

    init(firstSequence: UInt32) {
        nextSequence = firstSequence
    }

    /// Flags of a message (`linux/netlink.h`).
    struct Flags: OptionSet {
        let rawValue: UInt16
        static let request = Flags(rawValue: 0x1)
        static let acknowledge = Flags(rawValue: 0x4)
        static let echo = Flags(rawValue: 0x8)
        static let replace = Flags(rawValue: 0x100)
        static let dump = Flags(rawValue: 0x300)
        static let create = Flags(rawValue: 0x400)
    }

    mutating func message(_ type: UInt16, _ flags: Flags, _ body: (inout NetlinkWriter) -> Void) {
        let start = bytes.count
        if flags.contains(.acknowledge) { acknowledged.append(nextSequence) }
        put(UInt32(0))
        put(type)
        put(flags.union(.request).rawValue)
        put(nextSequence)
        put(UInt32(0))
        body(&self)
        align()
        setLength(UInt32(bytes.count - start), at: start)
        nextSequence &+= 1
        count += 1
    }

    /// An attribute that holds others.
    mutating func nested(_ type: UInt16, _ body: (inout NetlinkWriter) -> Void) {
        let start = bytes.count
        put(UInt16(0))
        put(type | 0x8000)
        body(&self)
        align()
        setLength(UInt16(truncatingIfNeeded: bytes.count - start), at: start)
    }

    /// An attribute of plain bytes.
    mutating func attribute(_ type: UInt16, _ value: some Collection<UInt8>) {
        put(UInt16(4 + value.count))
        put(type)
        bytes.append(contentsOf: value)
        align()
    }

    mutating func attribute(_ type: UInt16, _ value: some FixedWidthInteger) {
        put(UInt16(4 + value.bitWidth / 8))
        put(type)
        put(value)
        align()
    }

    /// Text that ends with a zero, as in C.
    mutating func attribute(_ type: UInt16, text: String) {
        attribute(type, Array(text.utf8) + [0])
    }

    /// In the machine's own byte order, which netlink uses unless it says otherwise.
    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    private mutating func align() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    private mutating func setLength(_ length: some FixedWidthInteger, at start: Int) {
        withUnsafeBytes(of: length) { for (index, byte) in $0.enumerated() { bytes[start + index] = byte } }
    }
}
