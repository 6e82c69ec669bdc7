import QualityOnDemand
import Southbound

/// A device's right to an address until some time.
struct Lease: Hashable, Sendable {
    let address: Address
    let hardwareAddress: HardwareAddress?
    /// The name that the device sends, to be compared with ``comparable(_:)``.
    let hostname: String?
    /// `nil` if the lease never expires.
    let expiresAt: Timestamp?

    enum Address: Hashable, Sendable {
        case ipv4(IPv4Address)
        case ipv6(IPv6Address)
    }

    func isValid(at now: Timestamp) -> Bool {
        expiresAt.map { now < $0 } ?? true
    }

    /// Whether the lease was given or renewed after another one, as far as the times show.
    func isNewer(than other: Lease) -> Bool {
        guard let expiresAt else { return other.expiresAt != nil }
        return other.expiresAt.map { $0 < expiresAt } ?? false
    }

    /// A host's name for comparison: in lower case, without the dot at its end.
    static func comparable(_ hostname: String) -> String {
        let name = hostname.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}

/// The content of a file of leases.
struct LeaseListing: Hashable, Sendable {
    var leases: [Lease] = []
    /// How many lines are no leases, and the number of the first of them; 1 is the file's first line.
    var badLines = 0
    var firstBadLine: Int?
    /// The part of it that cannot be read, with the reason.
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

    /// The first line that is not empty tells the format: Kea's names its columns. `nil` if the line fits neither
    /// format; `dnsmasq` if there is no line.
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
    /// The lines that are not empty, with their numbers and without their line ends.
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
