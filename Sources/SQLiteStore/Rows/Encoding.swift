import Foundation
import QualityOnDemand

/// The encoding of values in columns. Wherever possible, the stored values are readable with the `sqlite3` tool.

extension SessionID {
    var blob: Data { Data(bigEndian: high, low) }

    init(blob: Data) {
        let (high, low) = blob.bigEndianHalves
        self.init(high: high, low: low)
    }
}

extension IPv6Address {
    var blob: Data { Data(bigEndian: high, low) }

    init(blob: Data) {
        let (high, low) = blob.bigEndianHalves
        self.init(high: high, low: low)
    }
}

extension Data {
    init(bigEndian high: UInt64, _ low: UInt64) {
        let halves = (high.bigEndian, low.bigEndian)
        self = Swift.withUnsafeBytes(of: halves) { Data($0) }
    }

    init(bigEndian value: UInt32) {
        self = Swift.withUnsafeBytes(of: value.bigEndian) { Data($0) }
    }

    /// The two numbers of a 16-byte value; zeros if the length is different.
    var bigEndianHalves: (UInt64, UInt64) {
        guard count == 16 else { return (0, 0) }
        return withUnsafeBytes { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}

extension PortsSpec {
    /// Ranges and single ports in the order given: `80-443,8080`.
    var text: String {
        (ranges.map(\.description) + ports.map(String.init)).joined(separator: ",")
    }

    /// Whether a condition holds for one of the ranges of such a text; a single port is a range of one.
    ///
    /// A piece that is no port is skipped: a text that no version has written belongs to a session that is set aside.
    static func anyRange(in text: UnsafeBufferPointer<UInt8>, where condition: (PortRange) -> Bool) -> Bool {
        var (first, number): (UInt32?, UInt32?) = (nil, nil)
        func holds() -> Bool {
            guard let last = number, let range = PortRange(first: first ?? last, last: last) else { return false }
            return condition(range)
        }
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = min((number ?? 0) * 10 + UInt32(byte - UInt8(ascii: "0")), 100_000)
            case UInt8(ascii: "-"):
                (first, number) = (number, nil)
            default:
                if holds() { return true }
                (first, number) = (nil, nil)
            }
        }
        return holds()
    }

    init?(text: String) {
        var ranges: [PortRange] = []
        var ports: [UInt16] = []
        for piece in text.split(separator: ",") {
            let ends = piece.split(separator: "-").compactMap { UInt16($0) }
            if ends.count == 2, let range = try? PortRange(first: ends[0], last: ends[1]) {
                ranges.append(range)
            } else if ends.count == 1 {
                ports.append(ends[0])
            } else {
                return nil
            }
        }
        try? self.init(ranges: ranges, ports: ports)
    }
}

extension ApplicationServer {
    /// The addresses as given, separated by spaces.
    var text: String {
        addresses.count == 1 ? addresses[0].description : addresses.map(\.description).joined(separator: " ")
    }

    init?(form: Form, text: String) {
        let addresses = text.split(separator: " ").map(String.init)
        switch form {
        case .list:
            try? self.init(ipAddresses: addresses)
        case .subnets:
            try? self.init(
                ipv4Address: addresses.first { !$0.utf8.contains(UInt8(ascii: ":")) },
                ipv6Address: addresses.first { $0.utf8.contains(UInt8(ascii: ":")) })
        }
    }
}

extension QoSStatus {
    var number: Int {
        switch self {
        case .requested: 0
        case .available: 1
        case .unavailable: 2
        }
    }

    init?(number: Int) {
        guard QoSStatus.allCases.indices.contains(number) else { return nil }
        self = [.requested, .available, .unavailable][number]
    }
}

extension StatusInfo {
    var number: Int {
        switch self {
        case .durationExpired: 0
        case .networkTerminated: 1
        case .deleteRequested: 2
        }
    }

    init?(number: Int) {
        guard StatusInfo.allCases.indices.contains(number) else { return nil }
        self = [.durationExpired, .networkTerminated, .deleteRequested][number]
    }
}

extension PortRange {
    fileprivate init?(first: UInt32, last: UInt32) {
        guard let first = UInt16(exactly: first), let last = UInt16(exactly: last) else { return nil }
        try? self.init(first: first, last: last)
    }
}
