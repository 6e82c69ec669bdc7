import QualityOnDemand
import Southbound

/// The leases that dnsmasq keeps, a line each: `expiry hardware-address address hostname client-id`, and for IPv6
/// `expiry iaid address hostname duid` after a line `duid …` with the server's own (dnsmasq(8), `--dhcp-leasefile`).
///
/// If dnsmasq was built for machines without a clock, the first word is not a time but the lease's duration in
/// seconds. dnsmasq takes an expired lease out of the file, so a listed lease began no later than when the file was
/// read.
enum DnsmasqLeases {
    /// - Parameter now: when the file was read, from which durations count.
    static func read(_ bytes: [UInt8], at now: Timestamp = Timestamp(milliseconds: 0)) -> LeaseListing {
        var listing = LeaseListing()
        bytes.forEachLine { number, line in
            if line.starts(with: "duid ".utf8) { return }
            if let lease = lease(line, at: now) { listing.leases.append(lease) } else { listing.noteBadLine(number) }
        }
        return listing
    }

    /// September 2001: every lease expires later, and every duration is shorter.
    private static let firstTime: Int64 = 1_000_000_000

    private static func end(_ seconds: Int64, at now: Timestamp) -> Timestamp? {
        // A lease with 0 never expires.
        guard seconds != 0 else { return nil }
        return Timestamp(milliseconds: seconds < firstTime ? now.milliseconds + seconds * 1000 : seconds * 1000)
    }

    private static func lease(_ line: ArraySlice<UInt8>, at now: Timestamp) -> Lease? {
        let words = line.split(separator: UInt8(ascii: " "))
        guard words.count == 5, words.allSatisfy({ $0.count <= 1024 }), let seconds = Int64(text(words[0])), (0...253_402_300_799).contains(seconds) else {
            return nil
        }
        let expiresAt = end(seconds, at: now)
        let name = text(words[3])
        let hostname = name == "*" ? nil : name
        if let address = try? IPv4Address(text(words[2])) {
            // Hardware that is not Ethernet's has its kind in front, and no entry can name it.
            return Lease(
                address: .ipv4(address), hardwareAddress: try? HardwareAddress(text(words[1])), hostname: hostname, expiresAt: expiresAt)
        }
        guard let address = try? IPv6Address(text(words[2])) else { return nil }
        return Lease(address: .ipv6(address), hardwareAddress: HardwareAddress(duid: text(words[4])), hostname: hostname, expiresAt: expiresAt)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension HardwareAddress {
    /// The Ethernet address in a DHCP unique identifier: identifiers of types 1 and 3 have one (RFC 8415, section
    /// 11).
    ///
    /// - Parameter duid: in hexadecimal, bytes separated by colons.
    init?(duid: String) {
        let parts = duid.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 130 else { return nil }
        let bytes = parts.compactMap { UInt8($0, radix: 16) }
        guard bytes.count == parts.count, bytes.count > 4, bytes[0] == 0, bytes[2] == 0, bytes[3] == 1 else { return nil }
        switch bytes[1] {
        case 1: self.init(bytes: bytes.dropFirst(8))
        case 3: self.init(bytes: bytes.dropFirst(4))
        default: return nil
        }
    }
}
