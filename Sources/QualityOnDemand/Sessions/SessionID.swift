/// The identity of a session: a UUID of version 7 (RFC 9562, section 5.7), whose order follows the time of creation.
///
/// A type of its own, so that the id cannot be confused with another UUID.
public struct SessionID: Hashable, Comparable, Sendable {
    /// The first 64 bits: the milliseconds since the Unix epoch, the version, 12 random bits.
    public let high: UInt64
    /// The last 64 bits: the variant and 62 random bits.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id for that time.
    public static func make(at now: Timestamp, using generator: inout some RandomNumberGenerator) -> SessionID {
        let time = UInt64(max(now.milliseconds, 0)) & 0xffff_ffff_ffff
        return SessionID(
            high: time << 16 | 0x7000 | (generator.next() & 0x0fff),
            low: 0x8000_0000_0000_0000 | (generator.next() >> 2))
    }

    /// A new id for that time.
    public static func make(at now: Timestamp) -> SessionID {
        var generator = SystemRandomNumberGenerator()
        return make(at: now, using: &generator)
    }

    public static func < (a: SessionID, b: SessionID) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }

    /// Reads the usual notation of a UUID, in either case; `nil` for any other text.
    public init?(_ text: some StringProtocol) {
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var position = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                let digit: UInt8
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
                default: return nil
                }
                if digits < 16 { halves.0 = halves.0 << 4 | UInt64(digit) } else { halves.1 = halves.1 << 4 | UInt64(digit) }
                digits += 1
            }
            position += 1
        }
        guard position == 36, digits == 32 else { return nil }
        self.init(high: halves.0, low: halves.1)
    }
}

extension SessionID: CustomStringConvertible {
    /// In lower case with hyphens.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - index % 16 * 4) & 0xf)
                buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return 36
        }
    }
}

/// The API client that owns a session, as authentication names it.
public struct ClientID: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// The one name of a device in a directory, the same for all identifiers of the device.
///
/// Sessions are compared by this key, so two identifiers of one device must yield the same key.
public struct DeviceKey: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
