/// Public keys of Ed25519 (RFC 8032, 5.1.5) that are unsafe.
public enum EdwardsPoint {
    /// Whether a public key is a point of small order, or has the wrong length.
    ///
    /// The points whose order divides 8 belong to no private key. For such a public key, some signatures are valid for
    /// any text, so anybody could sign.
    public static func hasSmallOrder(_ key: [UInt8]) -> Bool {
        guard key.count == 32 else { return true }
        // The highest bit is the sign of x; both signs are of the same order.
        let y = key[..<31] + [key[31] & 0x7f]
        return smallOrder.contains { $0.elementsEqual(y) }
    }

    /// The y coordinates of the points of small order, the lowest byte first. The list also has the second spelling of
    /// 0 and 1: the value plus the field's prime.
    private static let smallOrder: [[UInt8]] = [
        // 0 and 1, which are of order 4 and 1.
        [0] + high(0x00), [1] + high(0x00),
        // -1, of order 2, and 0 and 1 once more, plus the prime 2^255 - 19.
        [0xec] + high(0xff), [0xed] + high(0xff), [0xee] + high(0xff),
        // Order 8.
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]

    /// The other 31 bytes of a number near 0 or near the prime.
    private static func high(_ byte: UInt8) -> [UInt8] {
        [UInt8](repeating: byte, count: 30) + [byte & 0x7f]
    }
}
