import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Files of leases")
struct LeaseTests {
    private static let dnsmasqText = """
        1790003600 02:00:00:00:00:01 10.45.0.7 cam-1 01:02:00:00:00:00:01
        0 02:00:00:00:00:02 10.45.0.8 * *
        1790003600 06-00:11:22:33:44:55:66:77 10.45.0.9 tape ff:00
        duid 00:01:00:01:2a:2a:2a:2a:02:00:00:00:00:fe
        1790003600 12345678 2001:db8:45::7 cam-1 00:01:00:01:2a:2a:2a:2a:02:00:00:00:00:01
        1790003600 T999 2001:db8:45::8 * 00:03:00:01:02:00:00:00:00:02
        1790003600 7 2001:db8:45::9 x 00:02:00:00:ab:11:02:03

        """
    private static let kea4Text = """
        address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
        10.45.0.7,02:00:00:00:00:01,01:02:00:00:00:00:01,3600,1790000000,1,0,0,old,0,,0
        10.45.0.7,02:00:00:00:00:01,01:02:00:00:00:00:01,3600,1790003600,1,0,0,cam-1.site.example.,0,{ "a": "b&#x2cc" },0
        10.45.0.8,02:00:00:00:00:02,,4294967295,1790003600,1,0,0,,0,,0
        10.45.0.9,02:00:00:00:00:03,,3600,1790003600,1,0,0,,1,,0
        10.45.0.10,02:00:00:00:00:04,,3600,1790003600,1,0,0,,0,,0
        10.45.0.10,02:00:00:00:00:04,,0,1790003600,1,0,0,,0,,0
        10.45.0.11,02:00:00:00:00:05,,3600,1790003600,1,0,0,,2,,0

        """
    private static let kea6Text = """
        address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id
        2001:db8:45::7,00:01:00:01:2a:2a:2a:2a:02:00:00:00:00:01,4000,1790003600,1,3000,0,7,128,1,1,cam-1.,02:00:00:00:00:11,0,,1,2,0
        2001:db8:45::8,00:03:00:01:02:00:00:00:00:02,4000,1790003600,1,3000,0,7,128,1,1,,,0,,,,0
        2001:db8:46::,00:03:00:01:02:00:00:00:00:02,4000,1790003600,1,3000,2,7,56,1,1,,,0,,,,0

        """
    private static let end: Int64 = 1_790_003_600

    @Test("of dnsmasq are read: IPv4, IPv6, without end, without a name, of other hardware")
    func dnsmasq() throws {
        let listing = DnsmasqLeases.read(Array(Self.dnsmasqText.utf8))
        #expect(listing.badLines == 0)
        #expect(listing.leases == [
            try Entries.lease("10.45.0.7", mac: "02:00:00:00:00:01", host: "cam-1", until: Self.end),
            try Entries.lease("10.45.0.8", mac: "02:00:00:00:00:02", until: nil),
            try Entries.lease("10.45.0.9", host: "tape", until: Self.end),
            try Entries.lease("2001:db8:45::7", mac: "02:00:00:00:00:01", host: "cam-1", until: Self.end),
            try Entries.lease("2001:db8:45::8", mac: "02:00:00:00:00:02", until: Self.end),
            try Entries.lease("2001:db8:45::9", host: "x", until: Self.end),
        ])
    }

    @Test("of Kea are read for IPv4: the last line about an address counts, and only leases that are somebody's")
    func kea4() throws {
        let listing = KeaLeases.read([Array(Self.kea4Text.utf8)])
        #expect(listing.badLines == 0)
        #expect(Set(listing.leases) == [
            try Entries.lease("10.45.0.7", mac: "02:00:00:00:00:01", host: "cam-1.site.example.", until: Self.end),
            try Entries.lease("10.45.0.8", mac: "02:00:00:00:00:02", until: nil),
        ])
    }

    @Test("of Kea are read for IPv6: addresses, no prefixes, with the interface named or in the identifier")
    func kea6() throws {
        let listing = KeaLeases.read([Array(Self.kea6Text.utf8)])
        #expect(Set(listing.leases) == [
            try Entries.lease("2001:db8:45::7", mac: "02:00:00:00:00:11", host: "cam-1.", until: Self.end),
            try Entries.lease("2001:db8:45::8", mac: "02:00:00:00:00:02", until: Self.end),
        ])
    }

    @Test("of Kea go on from one file to the next", arguments: ["10.45.0.7,02:00:00:00:00:01,,0,1790003600,1,0,0,,0,\n", "10.45.0.7,02:00:00:00:00:01,,3600,1790003600,1,0,0,,2,\n"])
    func keaFiles(ending: String) throws {
        let header = String(Self.kea4Text.prefix { $0 != "\n" }.split(separator: ",pool_id")[0]) + "\n"
        let listing = KeaLeases.read([Array(Self.kea4Text.utf8), Array((header + ending).utf8)])
        #expect(listing.leases.map(\.address) == [.ipv4(try IPv4Address("10.45.0.8"))])
    }

    @Test("are told apart by their first line", arguments: [
        (dnsmasqText, LeaseFormat.dnsmasq), (kea4Text, .kea), (kea6Text, .kea), ("", .dnsmasq), ("\n\n", .dnsmasq), ("duid 00:01\n", .dnsmasq),
        ("lease 10.0.0.1 {\n", nil), ("\u{feff}address,hwaddr\n", nil), ("devices:\n- a\n", nil), ("123\n", nil), ("\0\0\0", nil),
    ])
    func formats(text: String, format: LeaseFormat?) {
        #expect(LeaseFormat(Array(text.utf8)) == format)
    }

    @Test("lines that are no leases are left out, counted, and spoil no others", arguments: [
        "1790003600 02:00:00:00:00:01 10.45.0.7", "x 02:00:00:00:00:01 10.45.0.7 a b", "-1 02:00:00:00:00:01 10.45.0.7 a b",
        "1790003600 02:00:00:00:00:01 10.45.0.256 a b", "1790003600 02:00:00:00:00:01 ::g a b", "99999999999999999999 02:00:00:00:00:01 10.45.0.7 a b",
        "9223372036854775807 02:00:00:00:00:01 10.45.0.7 a b", "1790003600 02:00:00:00:00:01 10.45.0.7 a b c", "\u{1}\u{2}", "1790003600",
    ])
    func badLines(line: String) {
        let good = "1790003600 02:00:00:00:00:09 10.45.0.99 a b\n"
        let listing = DnsmasqLeases.read(Array((good + line + "\r\n" + good).utf8))
        #expect(listing.leases.count == 2 && listing.badLines == 1 && listing.firstBadLine == 2)
    }

    @Test("a line cut off in the middle is no lease, in either form")
    func truncated() {
        for (text, whole) in [(Self.dnsmasqText, 6), (Self.kea4Text, 2), (Self.kea6Text, 2)] {
            let bytes = Array(text.utf8)
            for length in 0..<bytes.count {
                let piece = Array(bytes[..<length])
                let leases = LeaseFormat(piece) == .kea ? KeaLeases.read([piece]).leases : DnsmasqLeases.read(piece).leases
                #expect(leases.count <= whole + 2, "\(length)")
            }
        }
        let cut = "1790003600 02:00:00:00:00:01 10.45.0.7 cam-1"
        #expect(DnsmasqLeases.read(Array(cut.utf8)).leases.isEmpty)
    }

    @Test("nothing that a file holds ends the process, and what is read again is read the same")
    func hostile() {
        var random = SeededGenerator(seed: 7)
        for seed in 0..<6000 {
            let base = random.pick([Self.dnsmasqText, Self.kea4Text, Self.kea6Text])
            let bytes = seed.isMultiple(of: 4) ? random.bytes(random.int(in: 0...200)) : random.mutated(Array(base.utf8))
            #expect(DnsmasqLeases.read(bytes) == DnsmasqLeases.read(bytes))
            #expect(Set(KeaLeases.read([bytes, bytes]).leases) == Set(KeaLeases.read([bytes]).leases), "seed \(seed)")
            _ = LeaseFormat(bytes)
        }
    }

    @Test("a file of many leases and a line without an end are read")
    func large() {
        let lines = (0..<50_000).map { "1790003600 02:00:00:\($0 >> 16):\(String($0 >> 8 & 255, radix: 16)):\(String($0 & 255, radix: 16)) 10.45.\($0 / 250).\($0 % 250) h\($0) *\n" }
        let long = String(repeating: "9", count: 1_000_000) + " "
        let listing = DnsmasqLeases.read(Array((lines.joined() + long + long).utf8))
        #expect(listing.leases.count == 50_000 && listing.badLines == 1)
        let kea = "address,valid_lifetime,expire,state,hostname\n10.0.0.1,1,1790003600,0," + String(repeating: "x,", count: 500_000)
        #expect(KeaLeases.read([Array(kea.utf8)]).leases.count == 1)
    }

    @Test("hardware addresses are read in the forms that people write", arguments: [
        ("02:00:00:00:00:0a", "02:00:00:00:00:0a"), ("2-0-0-0-0-A", "02:00:00:00:00:0a"), ("FF:ff:FF:ff:FF:ff", "ff:ff:ff:ff:ff:ff"),
        ("02:00:00:00:00", nil), ("02:00:00:00:00:0a:01", nil), ("0200.0000.000a", nil), ("02:00:00:00:00:+a", nil), ("02:00:00:00:00:", nil),
        ("", nil), ("02:00:00:00:00:100", nil), ("02:00-00:00:00:01", nil),
    ])
    func hardware(text: String, read: String?) {
        #expect((try? HardwareAddress(text))?.description == read)
    }

    @Test("leases of dnsmasq without a clock tell how long they are, from when the file is read")
    func durations() throws {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let text = "43200 02:00:00:00:00:01 10.45.0.9 cam *\n0 02:00:00:00:00:02 10.45.0.10 * *\n1800043200 02:00:00:00:00:03 10.45.0.11 * *\n"
        let leases = DnsmasqLeases.read(Array(text.utf8), at: now).leases
        #expect(leases.map(\.expiresAt) == [Timestamp(milliseconds: now.milliseconds + 43_200_000), nil, Timestamp(milliseconds: 1_800_043_200_000)])
        #expect(leases.allSatisfy { $0.isValid(at: now) })
    }
}
