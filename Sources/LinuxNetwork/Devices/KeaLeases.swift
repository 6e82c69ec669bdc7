import QualityOnDemand
import Southbound

/// The leases that Kea's memfile keeps, of DHCPv4 or DHCPv6: comma-separated, the first line names the columns. Kea
/// appends; a later line about an address replaces the lines before it.
struct KeaLeases {
    private var listing = LeaseListing()
    private var current: [Lease.Address: Lease] = [:]

    /// - Parameter files: the oldest first; a file continues the one before.
    static func read(_ files: [[UInt8]]) -> LeaseListing {
        var reader = KeaLeases()
        for file in files { reader.read(file) }
        reader.listing.leases = Array(reader.current.values)
        return reader.listing
    }

    private mutating func read(_ bytes: [UInt8]) {
        var columns: Columns?
        bytes.forEachLine { number, line in
            guard let known = columns else {
                columns = Columns(line)
                if columns == nil { listing.noteBadLine(number) }
                return
            }
            if !read(line, known) { listing.noteBadLine(number) }
        }
    }

    private mutating func read(_ line: ArraySlice<UInt8>, _ columns: Columns) -> Bool {
        let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard fields.count > columns.last else { return false }
        func text(_ index: Int?) -> String { index.map { String(decoding: fields[$0].prefix(1024), as: UTF8.self) } ?? "" }
        guard let address = Self.address(text(columns.address)), let lifetime = Int64(text(columns.lifetime)), lifetime >= 0,
            let expire = Int64(text(columns.expire)), (0...253_402_300_799).contains(expire), let state = Int(text(columns.state))
        else { return false }
        // Only a lease in state 0 has a holder; a prefix (kind 2) is no address; a lifetime of 0 removes a lease.
        guard state == 0, lifetime > 0, columns.kind == nil || text(columns.kind) != "2" else {
            current[address] = nil
            return true
        }
        let hardware = (try? HardwareAddress(text(columns.hardware))) ?? columns.duid.flatMap { HardwareAddress(duid: text($0)) }
        let hostname = text(columns.hostname).replacing("&#x2c", with: ",")
        current[address] = Lease(
            address: address, hardwareAddress: hardware, hostname: hostname.isEmpty ? nil : hostname,
            expiresAt: lifetime == Self.endless ? nil : Timestamp(milliseconds: expire * 1000))
        return true
    }

    /// The lifetime of a lease that never expires.
    private static let endless: Int64 = 0xffff_ffff

    private static func address(_ text: String) -> Lease.Address? {
        (try? IPv4Address(text)).map { .ipv4($0) } ?? (try? IPv6Address(text)).map { .ipv6($0) }
    }

    /// The columns of the values in a line: Kea's versions differ in them.
    private struct Columns {
        let address, lifetime, expire, state: Int
        let hardware, duid, hostname, kind: Int?
        /// The last column that is needed.
        let last: Int

        init?(_ header: ArraySlice<UInt8>) {
            let names = header.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
            let places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            guard let address = places["address"], let lifetime = places["valid_lifetime"], let expire = places["expire"],
                let state = places["state"]
            else { return nil }
            (self.address, self.lifetime, self.expire, self.state) = (address, lifetime, expire, state)
            (hardware, duid, hostname, kind) = (places["hwaddr"], places["duid"], places["hostname"], places["lease_type"])
            last = [address, lifetime, expire, state, hardware ?? 0, duid ?? 0, hostname ?? 0, kind ?? 0].max() ?? 0
        }
    }
}
