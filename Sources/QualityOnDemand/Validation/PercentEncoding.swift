/// Percent-encoding (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// Encodes all characters except the unreserved ones, so that a text stays one segment of a path or one value of
    /// a form.
    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 { append(byte, to: &bytes, plain: isUnreserved) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Encodes the characters that a path and a query must not have; percent-encoding in the bytes stays.
    static func encodeInvalid(_ bytes: some BidirectionalCollection<UInt8>) -> String {
        var encoded: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.prefix(2).count == 2, rest.prefix(2).allSatisfy({ digit($0) != nil }) {
                encoded.append(byte)
            } else {
                append(byte, to: &encoded) { isUnreserved($0) || delimiters.contains($0) }
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// The bytes of an encoded text; `nil` if a `%` is not followed by two hexadecimal digits.
    package static func decode(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = digit(iterator.next()), let low = digit(iterator.next()) else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    /// The text of an encoded text; `nil` if the encoding is invalid or encodes no UTF-8.
    package static func decode(_ text: String) -> String? {
        decode(text.utf8).flatMap { String(validating: $0, as: UTF8.self) }
    }

    // MARK: Bytes

    private static let delimiters = Array("!$&'()*+,;=:@/?".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func append(_ byte: UInt8, to bytes: inout [UInt8], plain: (UInt8) -> Bool) {
        if plain(byte) { return bytes.append(byte) }
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xf)]]
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        guard let byte else { return nil }
        return switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
