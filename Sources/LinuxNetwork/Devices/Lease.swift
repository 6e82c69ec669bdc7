import QualityOnDemand
import SessionEngine

/// That an address is a device's until some time.
struct Lease: Hashable, Sendable {
    let address: Address
    let hardwareAddress: HardwareAddress?
    /// As devices say it of themselves, to be compared with ``comparable(_:)``.
    let hostname: String?
    /// `nil` where it never ends.
    let expiresAt: Timestamp?

    enum Address: Hashable, Sendable {
        case ipv4(IPv4Address)
        case ipv6(IPv6Address)
    }

    func isValid(at now: Timestamp) -> Bool {
        expiresAt.map { now < $0 } ?? true
    }

    /// Whether it was given or renewed after another one, as far as can be told.
    func isNewer(than other: Lease) -> Bool {
        guard let expiresAt else { return other.expiresAt != nil }
        return other.expiresAt.map { $0 < expiresAt } ?? false
    }

    /// A host's name as it is compared: in lower case, without the dot at its end.
    static func comparable(_ hostname: String) -> String {
        let name = hostname.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}

/// What a file of leases says.
struct LeaseListing: Hashable, Sendable {
    var leases: [Lease] = []
    /// How many lines are no leases, and the first of them; 1 is the file's first.
    var badLines = 0
    var firstBadLine: Int?
    /// What of it cannot be read, and why.
    var unreadable: String?

    mutating func noteBadLine(_ number: Int) {
        badLines += 1
        if firstBadLine == nil { firstBadLine = number }
    }
}

/// The forms that files of leases have.
enum LeaseFormat: Hashable, Sendable {
    case dnsmasq
    case kea

    /// Told by the first line that is not empty: Kea's names its columns. `nil` where it is neither; `dnsmasq` where there is none.
    init?(_ bytes: [UInt8]) {
        guard let line = bytes.split(maxSplits: 1, whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }).first else {
            self = .dnsmasq
            return
        }
        if line.starts(with: "address,".utf8) {
            self = .kea
        } else if line.starts(with: "duid ".utf8) || line.prefix(while: { (0x30...0x39).contains($0) }).count > 0 && line.contains(UInt8(ascii: " ")) {
            self = .dnsmasq
        } else {
            return nil
        }
    }
}

extension [UInt8] {
    /// The lines with their numbers, without their ends and without those that are empty.
    func forEachLine(_ body: (_ number: Int, _ line: ArraySlice<UInt8>) -> Void) {
        var (start, number) = (startIndex, 1)
        while start < endIndex {
            let end = self[start...].firstIndex(of: UInt8(ascii: "\n")) ?? endIndex
            var line = self[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if !line.isEmpty { body(number, line) }
            (start, number) = (end + 1, number + 1)
        }
    }
}
