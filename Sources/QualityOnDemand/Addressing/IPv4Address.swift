/// An IPv4 address, as a number in host order.
public struct IPv4Address: Hashable, Comparable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Reads dotted-quad notation: four decimal numbers of 0 to 255, without leading zeros.
    ///
    /// - Throws: ``InvalidValue`` with the text and the allowed form.
    public init(_ text: String) throws(InvalidValue) {
        guard let value = Self.parse(text.utf8, leadingZeros: false) else {
            throw InvalidValue("\"\(Excerpt.of(text))\" is not an IPv4 address such as 198.51.100.7")
        }
        self.init(rawValue: value)
    }

    public static func < (a: IPv4Address, b: IPv4Address) -> Bool {
        a.rawValue < b.rawValue
    }

    /// The number that the text stands for, or `nil`. With `leadingZeros`, up to three digits are read as decimal.
    static func parse(_ text: some Collection<UInt8>, leadingZeros: Bool) -> UInt32? {
        var address: UInt32 = 0
        var octets = 0
        var digits = 0
        var octet: UInt32 = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits < 3, leadingZeros || digits == 0 || octet != 0 else { return nil }
                octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
                guard octet <= 255 else { return nil }
                digits += 1
            case UInt8(ascii: "."):
                guard digits > 0, octets < 3 else { return nil }
                address = address << 8 | octet
                octets += 1
                octet = 0
                digits = 0
            default:
                return nil
            }
        }
        guard octets == 3, digits > 0 else { return nil }
        return address << 8 | octet
    }
}

extension IPv4Address: CustomStringConvertible {
    /// Dotted-quad notation.
    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 0xff).\(rawValue >> 8 & 0xff).\(rawValue & 0xff)"
    }
}
