/// An IPv6 address, as two numbers of 64 bits.
public struct IPv6Address: Hashable, Comparable, Sendable {
    /// The first 64 bits, usually the network's.
    public let high: UInt64
    /// The last 64 bits, usually the interface's.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads any notation of RFC 4291, section 2.2, without a zone and without a prefix length.
    ///
    /// - Throws: ``InvalidValue`` with the text and the allowed form.
    public init(_ text: String) throws(InvalidValue) {
        guard let address = Self.parse(Array(text.utf8)) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not an IPv6 address such as 2001:db8::7")
        }
        self = address
    }

    public static func < (a: IPv6Address, b: IPv6Address) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }

    /// The address without the bits past a prefix of 0 to 128 bits.
    func masked(to prefixLength: Int) -> IPv6Address {
        let highMask: UInt64 = prefixLength >= 64 ? .max : prefixLength == 0 ? 0 : .max << UInt64(64 - prefixLength)
        let lowMask: UInt64 = prefixLength <= 64 ? 0 : .max << UInt64(128 - prefixLength)
        return IPv6Address(high: high & highMask, low: low & lowMask)
    }

    static func parse(_ text: [UInt8]) -> IPv6Address? {
        guard text.count >= 2, text.count <= 45 else { return nil }
        var parser = IPv6Parser(text: text)
        return parser.parse()
    }

    /// The eight groups of 16 bits, first to last.
    var groups: [UInt16] {
        [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) } }
    }
}

extension IPv6Address: CustomStringConvertible {
    /// The canonical form of RFC 5952: lower case, the longest run of zero groups as `::`.
    public var description: String {
        let groups = self.groups
        let gap = Self.longestRunOfZeros(in: groups)
        var text = ""
        var index = 0
        while index < 8 {
            if let gap, index == gap.lowerBound {
                text += "::"
                index = gap.upperBound
                continue
            }
            if !text.isEmpty, !text.hasSuffix(":") { text += ":" }
            text += String(groups[index], radix: 16)
            index += 1
        }
        return text
    }

    private static func longestRunOfZeros(in groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            guard groups[start] == 0 else {
                start += 1
                continue
            }
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(best?.count ?? 1, 1) { best = start..<end }
            start = end
        }
        return best
    }
}

/// Reads groups from left to right and remembers the place of `::`.
private struct IPv6Parser {
    let text: [UInt8]
    private var position = 0
    private var groups: [UInt16] = []
    private var gap: Int?

    init(text: [UInt8]) {
        self.text = text
    }

    mutating func parse() -> IPv6Address? {
        if text.starts(with: "::".utf8) {
            gap = 0
            position = 2
        } else if text[0] == UInt8(ascii: ":") {
            return nil
        }
        while position < text.count {
            guard readGroup() else { return nil }
        }
        return assembled()
    }

    /// Reads one group, or a trailing IPv4 address, with the separator after it.
    private mutating func readGroup() -> Bool {
        var end = position
        while end < text.count, text[end] != UInt8(ascii: ":") { end += 1 }
        let piece = text[position..<end]
        if piece.contains(UInt8(ascii: ".")) {
            guard end == text.count, groups.count <= 6, let quad = IPv4Address.parse(piece, leadingZeros: false) else { return false }
            groups += [UInt16(truncatingIfNeeded: quad >> 16), UInt16(truncatingIfNeeded: quad)]
            position = end
            return true
        }
        guard (1...4).contains(piece.count), groups.count < 8, let value = Self.hexadecimal(piece) else { return false }
        groups.append(value)
        position = end
        return readSeparator()
    }

    private mutating func readSeparator() -> Bool {
        guard position < text.count else { return true }
        position += 1
        guard position < text.count else { return false }
        if text[position] == UInt8(ascii: ":") {
            guard gap == nil else { return false }
            gap = groups.count
            position += 1
        }
        return true
    }

    private func assembled() -> IPv6Address? {
        var all = groups
        if let gap {
            guard groups.count < 8 else { return nil }
            all.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
        }
        guard all.count == 8 else { return nil }
        let halves = [all[0..<4], all[4..<8]].map { $0.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        return IPv6Address(high: halves[0], low: halves[1])
    }

    private static func hexadecimal(_ piece: ArraySlice<UInt8>) -> UInt16? {
        var value: UInt16 = 0
        for byte in piece {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
